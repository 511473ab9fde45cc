"""A customer's own pages."""

from django.urls import path

from accounts.pages import views

urlpatterns = [
    path("account/", views.home, name="account-home"),
    path("account/accounts/<str:account_id>/", views.account, name="account-page"),
]
