"""A customer's payments."""

from django.urls import path

from payments.pages import exchange, limits, payees, send, standing_orders, views

urlpatterns = [
    path("account/payments/", views.payments, name="payments-page"),
    path("account/payments/new/", send.send, name="send-money"),
    path("account/payments/new/confirm/", send.confirm, name="confirm-payment"),
    path("account/exchange/", exchange.exchange, name="exchange-money"),
    path("account/exchange/accept/", exchange.accept, name="accept-exchange"),
    path("account/accounts/<str:account_id>/limits/", limits.limits, name="limits-page"),
    path("account/payees/", payees.payees, name="payees-page"),
    path("account/payees/<str:payee_id>/", payees.change, name="payee-change"),
    path("account/standing-orders/", standing_orders.standing_orders, name="standing-orders-page"),
    path("account/standing-orders/new/", standing_orders.place, name="place-standing-order"),
    path("account/standing-orders/new/confirm/", standing_orders.confirm, name="confirm-standing-order"),
    path("account/standing-orders/<str:order_id>/", standing_orders.change, name="standing-order-change"),
    path("account/payments/<str:payment_id>/", views.payment, name="payment-page"),
]
