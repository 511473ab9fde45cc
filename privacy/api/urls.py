"""Where rights over data answer, under /v1/."""

from django.urls import path

from privacy.api import views

urlpatterns = [
    path("me/exports", views.ExportList.as_view()),
    path("me/exports/<str:export_id>", views.ExportDetail.as_view()),
    path("me/exports/<str:export_id>/document", views.ExportDocument.as_view()),
    path("me/restriction", views.Restriction.as_view()),
    path("me/erasure", views.ErasureView.as_view()),
    path("customers/<str:customer_id>", views.CustomerDetail.as_view()),
    path("customers/<str:customer_id>/unmaskings", views.UnmaskingList.as_view()),
]
