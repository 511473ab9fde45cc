"""Where approvals answer, under /v1/."""

from django.urls import path

from approvals.api import views

urlpatterns = [
    path("approvals", views.ApprovalList.as_view()),
    path("approvals/<str:approval_id>", views.ApprovalDetail.as_view()),
    path("approvals/<str:approval_id>/approve", views.Approve.as_view()),
    path("approvals/<str:approval_id>/reject", views.Reject.as_view()),
]
