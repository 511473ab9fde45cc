"""The addresses of what a person allowed whom."""

from django.urls import path

from oauth.api.views import ConsentList, RevokeConsent

urlpatterns = [
    path("me/consents", ConsentList.as_view(), name="consents"),
    path("me/consents/<str:consent_id>/revoke", RevokeConsent.as_view(), name="revoke-consent"),
]
