"""Where alerts and incidents answer, under /v1/."""

from django.urls import path

from watch.api import views

urlpatterns = [
    path("alerts", views.AlertList.as_view()),
    path("alerts/<str:alert_id>", views.AlertDetail.as_view()),
    path("alerts/<str:alert_id>/acknowledge", views.Acknowledge.as_view()),
    path("alerts/<str:alert_id>/escalate", views.Escalate.as_view()),
    path("alerts/<str:alert_id>/dismiss", views.Dismiss.as_view()),
    path("incidents", views.IncidentList.as_view()),
    path("incidents/<str:incident_id>", views.IncidentDetail.as_view()),
    path("incidents/<str:incident_id>/timeline", views.Timeline.as_view()),
    path("incidents/<str:incident_id>/events", views.LinkEvent.as_view()),
    path("incidents/<str:incident_id>/contain", views.Contain.as_view()),
    path("incidents/<str:incident_id>/severity", views.Severity.as_view()),
    path("incidents/<str:incident_id>/breach", views.Assess.as_view()),
    path("incidents/<str:incident_id>/authority-told", views.TellAuthority.as_view()),
    path("incidents/<str:incident_id>/close", views.Close.as_view()),
    path("rules", views.RuleList.as_view()),
    path("rules/<str:name>/changes", views.ChangeRule.as_view()),
]
