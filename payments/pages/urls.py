"""A customer's payments."""

from django.urls import path

from payments.pages import views

urlpatterns = [
    path("account/payments/", views.payments, name="payments-page"),
    path("account/payments/<str:payment_id>/", views.payment, name="payment-page"),
]
