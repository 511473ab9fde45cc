"""A customer's payments."""

from django.urls import path

from payments.pages import send, views

urlpatterns = [
    path("account/payments/", views.payments, name="payments-page"),
    path("account/payments/new/", send.send, name="send-money"),
    path("account/payments/new/confirm/", send.confirm, name="confirm-payment"),
    path("account/payments/<str:payment_id>/", views.payment, name="payment-page"),
]
