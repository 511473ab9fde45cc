"""Every address of the bank, by the app that answers there."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from bank import health
from bank.description import Description

urlpatterns = [
    path("livez", health.livez),
    path("readyz", health.readyz),
    path("metrics", health.Metrics.as_view()),
    path("v1/openapi.json", Description.as_view(), name="openapi"),
    *([path("v1/sandbox/", include("sandbox.api.urls"))] if settings.SANDBOX else []),
    path("v1/", include("accounts.api.urls")),
    path("v1/", include("payments.api.urls")),
    path("v1/", include("privacy.api.urls")),
    path("v1/", include("events.api.urls")),
    path("v1/", include("approvals.api.urls")),
    path("v1/", include("watch.api.urls")),
    path("v1/", include("audit.api.urls")),
    *([path("", include("sandbox.pages.urls"))] if settings.SANDBOX else []),
    path("", include("oauth.urls")),
    path("", include("oauth.pages.urls")),
    path("", include("accounts.pages.urls")),
    path("", include("events.pages.urls")),
    path("", include("payments.pages.urls")),
    path("", include("privacy.pages.urls")),
    path("", include("bank.site.urls")),
    path("admin/", admin.site.urls),
]

handler400 = "bank.pages_of_failure.bad_request"
handler403 = "bank.pages_of_failure.forbidden"
handler404 = "bank.pages_of_failure.not_found"
handler500 = "bank.pages_of_failure.failed"
