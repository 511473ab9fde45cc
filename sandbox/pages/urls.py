"""Where the sandbox's pages answer."""

from django.urls import path

from sandbox.pages import requests

_REQUESTS = "developers/apps/<str:client_id>/requests/"

urlpatterns = [
    path(_REQUESTS, requests.requests, name="developer-requests"),
    path(f"{_REQUESTS}<str:request_id>/", requests.one_request, name="developer-request"),
]
