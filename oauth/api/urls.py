"""The addresses of what a person allowed whom."""

from django.urls import path

from oauth.api import staff
from oauth.api.views import ConsentDetail, ConsentList, ConsentReceipt, RevokeConsent

urlpatterns = [
    path("break-glass", staff.BreakGlassList.as_view()),
    path("break-glass/<str:glass_id>/end", staff.EndBreakGlass.as_view()),
    path("break-glass/<str:glass_id>/review", staff.ReviewBreakGlass.as_view()),
    path("access-reviews", staff.AccessReviewList.as_view()),
    path("access-reviews/<str:review_id>", staff.AccessReviewDetail.as_view()),
    path("access-review-lines/<str:line_id>/decide", staff.DecideAccess.as_view()),
    path("me/consents", ConsentList.as_view(), name="consents"),
    path("consents/<str:consent_id>", ConsentDetail.as_view(), name="consent"),
    path("me/consents/<str:consent_id>/receipt", ConsentReceipt.as_view(), name="consent-receipt"),
    path("me/consents/<str:consent_id>/revoke", RevokeConsent.as_view(), name="revoke-consent"),
]
