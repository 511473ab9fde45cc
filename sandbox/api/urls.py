"""Where the sandbox answers, under /v1/sandbox/."""

from django.urls import path

from sandbox.api import clock, traces

urlpatterns = [
    path("clock", clock.Clock.as_view()),
    path("traces/<str:request_id>", traces.Trace.as_view()),
]
