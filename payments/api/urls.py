"""Where payments answer, under /v1/."""

from django.urls import path

from payments.api import batches, exchange, payees, rails, returns, standing_orders, terms, views

urlpatterns = [
    path("payments", views.PaymentList.as_view()),
    path("payment-batches", batches.BatchList.as_view()),
    path("payment-batches/<str:batch_id>", batches.BatchDetail.as_view()),
    path("payment-batches/<str:batch_id>/file", batches.BatchContent.as_view()),
    path("payment-batches/<str:batch_id>/report", batches.BatchReport.as_view()),
    path("fx-quotes", exchange.QuoteList.as_view()),
    path("fx-rates", exchange.RateList.as_view()),
    path("fees", terms.FeeList.as_view()),
    path("accounts/<str:account_id>/limits", terms.AccountLimits.as_view()),
    path("accounts/<str:account_id>/limits/raise", terms.RaiseLimits.as_view()),
    path("payee-checks", payees.PayeeChecks.as_view()),
    path("payees", payees.PayeeList.as_view()),
    path("payees/<str:payee_id>", payees.PayeeDetail.as_view()),
    path("payees/<str:payee_id>/check", payees.PayeeCheckedAgain.as_view()),
    path("standing-orders", standing_orders.StandingOrderList.as_view()),
    path("standing-orders/<str:order_id>", standing_orders.StandingOrderDetail.as_view()),
    path("standing-orders/<str:order_id>/pause", standing_orders.Pause.as_view()),
    path("standing-orders/<str:order_id>/resume", standing_orders.Resume.as_view()),
    path("standing-orders/<str:order_id>/cancel", standing_orders.Cancel.as_view()),
    path("payments/<str:payment_id>/refunds", returns.RefundList.as_view()),
    path("payments/<str:payment_id>/reverse", returns.Reverse.as_view()),
    path("payments/<str:payment_id>/cancel", views.Cancel.as_view()),
    path("rails", rails.RailList.as_view()),
    path("rails/messages", rails.Messages.as_view()),
    path("payments/<str:payment_id>", views.PaymentDetail.as_view()),
]
