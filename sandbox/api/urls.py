"""Where the sandbox answers, under /v1/sandbox/."""

from django.urls import path

from sandbox.api import clock

urlpatterns = [
    path("clock", clock.Clock.as_view()),
]
