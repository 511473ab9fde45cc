"""A customer's own pages."""

from django.urls import path

from accounts.pages import opening, statements, views

urlpatterns = [
    path("account/", views.home, name="account-home"),
    path("account/accounts/new/", opening.opening, name="open-account"),
    path("account/accounts/<str:account_id>/", views.account, name="account-page"),
    path("account/accounts/<str:account_id>/statements/", statements.statements, name="statements-page"),
    path(
        "account/accounts/<str:account_id>/statements/<str:statement_id>.<str:form>",
        statements.statement,
        name="statement-file",
    ),
]
