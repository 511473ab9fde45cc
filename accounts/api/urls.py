"""Where accounts answer, under /v1/."""

from django.urls import path

from accounts.api import funds, holds, restrictions, statements, views

urlpatterns = [
    # Asked most, so first: Django tries one after the other.
    path("accounts", views.AccountList.as_view()),
    path("accounts/<str:account_id>", views.AccountDetail.as_view()),
    path("accounts/<str:account_id>/balances", views.Balances.as_view()),
    path("accounts/<str:account_id>/transactions", views.TransactionList.as_view()),
    path("accounts/<str:account_id>/transactions/<str:transaction_id>", views.TransactionDetail.as_view()),
    path("me", views.Me.as_view()),
    path("accounts/<str:account_id>/statements", statements.StatementList.as_view()),
    path("accounts/<str:account_id>/statements/<str:statement_id>", statements.StatementDetail.as_view()),
    path("funds-confirmations", funds.FundsConfirmations.as_view()),
    path("accounts/<str:account_id>/close", views.CloseAccount.as_view()),
    path("accounts/<str:account_id>/holders", restrictions.Holders.as_view()),
    path("accounts/<str:account_id>/freeze", restrictions.Freeze.as_view()),
    path("accounts/<str:account_id>/unfreeze", restrictions.Unfreeze.as_view()),
    path("accounts/<str:account_id>/block", restrictions.Block.as_view()),
    path("accounts/<str:account_id>/unblock", restrictions.Unblock.as_view()),
    path("accounts/<str:account_id>/overdraft", restrictions.Overdraft.as_view()),
    path("customers/<str:customer_id>/verify", restrictions.VerifyCustomer.as_view()),
    path("holds", holds.HoldList.as_view()),
    path("holds/<str:hold_id>", holds.HoldDetail.as_view()),
    path("holds/<str:hold_id>/capture", holds.CaptureHold.as_view()),
    path("holds/<str:hold_id>/void", holds.VoidHold.as_view()),
]
