"""Where events and webhooks answer, under /v1/."""

from django.urls import path

from events.api import views

_ENDPOINT = "webhook-endpoints/<str:endpoint_id>"

urlpatterns = [
    path("events", views.EventList.as_view()),
    path("webhook-endpoints", views.EndpointList.as_view()),
    path(_ENDPOINT, views.EndpointDetail.as_view()),
    path(f"{_ENDPOINT}/rotate", views.Rotate.as_view()),
    path(f"{_ENDPOINT}/test", views.Test.as_view()),
    path(f"{_ENDPOINT}/deliveries", views.DeliveryList.as_view()),
    path(f"{_ENDPOINT}/deliveries/<str:delivery_id>", views.DeliveryDetail.as_view()),
    path(f"{_ENDPOINT}/deliveries/<str:delivery_id>/retry", views.Retry.as_view()),
]
