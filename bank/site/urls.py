"""The front pages, the explorer, the reference and the well-known files."""

from django.urls import path

from bank.site import docs, views, well_known

app_name = "site"

urlpatterns = [
    path("", views.landing, name="home"),
    path("developers/", views.developers, name="developers"),
    path("language/", views.choose_language, name="language"),
    path("help/", views.help_page, name="help"),
    path("explorer/", views.explorer, name="explorer"),
    path("explorer/oauth2-redirect/", views.explorer_redirect, name="explorer-redirect"),
    path("docs/", docs.reference, name="docs"),
    path("docs/errors/", docs.errors, name="docs-errors"),
    path("docs/errors/<slug:code>/", docs.error, name="docs-error"),
    path(".well-known/security.txt", well_known.security_txt, name="security-txt"),
    path(".well-known/api-catalog", well_known.api_catalog, name="api-catalog"),
]
