"""Where payments answer, under /v1/."""

from django.urls import path

from payments.api import views

urlpatterns = [
    path("payments", views.PaymentList.as_view()),
    path("payments/<str:payment_id>", views.PaymentDetail.as_view()),
]
