"""Where the sandbox answers, under /v1/sandbox/."""

from django.urls import path

from sandbox.api import clock, outside, traces

urlpatterns = [
    path("clock", clock.Clock.as_view()),
    path("inbound-payments", outside.Inbound.as_view()),
    path("payments/<str:payment_id>/settle", outside.Settle.as_view()),
    path("payments/<str:payment_id>/reject", outside.RejectOutside.as_view()),
    path("payments/<str:payment_id>/return", outside.Return.as_view()),
    path("faults", outside.Faults.as_view()),
    path("traces/<str:request_id>", traces.Trace.as_view()),
]
