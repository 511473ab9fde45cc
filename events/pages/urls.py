"""Where the pages on webhooks answer."""

from django.urls import path

from events.pages import views

_WEBHOOKS = "developers/apps/<str:client_id>/webhooks/"
_DELIVERY = f"{_WEBHOOKS}<str:endpoint_id>/deliveries/<str:delivery_id>/"

urlpatterns = [
    path(_WEBHOOKS, views.webhooks, name="developer-webhooks"),
    path(f"{_WEBHOOKS}<str:endpoint_id>/", views.endpoint, name="developer-webhook"),
    path(_DELIVERY, views.delivery, name="developer-webhook-delivery"),
    path(f"{_DELIVERY}again/", views.redeliver, name="developer-webhook-again"),
]
