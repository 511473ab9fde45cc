"""The addresses of what a person allowed whom."""

from django.urls import path

from oauth.api.views import ConsentDetail, ConsentList, ConsentReceipt, RevokeConsent

urlpatterns = [
    path("me/consents", ConsentList.as_view(), name="consents"),
    path("consents/<str:consent_id>", ConsentDetail.as_view(), name="consent"),
    path("me/consents/<str:consent_id>/receipt", ConsentReceipt.as_view(), name="consent-receipt"),
    path("me/consents/<str:consent_id>/revoke", RevokeConsent.as_view(), name="revoke-consent"),
]
