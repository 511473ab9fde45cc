"""Where the log answers, under /v1/."""

from django.urls import path

from audit.api import views

urlpatterns = [
    path("audit/checkpoint", views.CheckpointView.as_view()),
    path("audit/policy", views.PolicyView.as_view()),
    path("audit/consistency", views.ConsistencyView.as_view()),
    path("audit/events", views.EventsView.as_view()),
    path("audit/events/<uuid:event_id>/proof", views.ProofView.as_view()),
    path("audit/events/<uuid:event_id>/receipt", views.ReceiptView.as_view()),
]
