"""Where payments answer, under /v1/."""

from django.urls import path

from payments.api import returns, views

urlpatterns = [
    path("payments", views.PaymentList.as_view()),
    path("payments/<str:payment_id>/refunds", returns.RefundList.as_view()),
    path("payments/<str:payment_id>/reverse", returns.Reverse.as_view()),
    path("payments/<str:payment_id>", views.PaymentDetail.as_view()),
]
