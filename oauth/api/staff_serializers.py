"""Emergency access and access reviews in the words of the API."""

from typing import Any

from django.utils import timezone
from rest_framework import serializers

from bank.wire.pages import PageAnswer, PageQuery
from bank.wire.serializers import StrictCharField, StrictChoiceField, StrictIntegerField, StrictSerializer
from oauth.models import AccessReview, AccessReviewLine, BreakGlass
from oauth.models.break_glass import LONGEST_MINUTES, SHORTEST_MINUTES
from oauth.operations.break_glass import ROLES


class AskForBreakGlassSerializer(StrictSerializer):
    """Which role, for how long, why."""

    role = StrictChoiceField(choices=ROLES)
    minutes = StrictIntegerField(min_value=SHORTEST_MINUTES, max_value=LONGEST_MINUTES)
    reason = StrictCharField(max_length=140)


class VerdictSerializer(StrictSerializer):
    """Whether it was needed, and what was done under it."""

    verdict = StrictCharField(max_length=140)


class DecideAccessSerializer(StrictSerializer):
    """Whether a login keeps its roles, and why."""

    decision = StrictChoiceField(choices=["KEEP", "REMOVE"])
    reason = StrictCharField(max_length=140)


class StaffQuery(PageQuery):
    """Which page."""


class BreakGlassAnswer(serializers.Serializer[Any]):
    """An emergency access."""

    id = serializers.CharField()
    user = serializers.CharField()
    role = serializers.CharField()
    reason = serializers.CharField()
    in_force = serializers.BooleanField()
    approved_by = serializers.CharField()
    opened_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)
    reviewed_by = serializers.CharField(allow_null=True)
    verdict = serializers.CharField(allow_blank=True)


class BreakGlassPage(PageAnswer):
    """One page of emergency accesses."""

    data = BreakGlassAnswer(many=True)  # type: ignore[assignment]


class AccessReviewLineAnswer(serializers.Serializer[Any]):
    """One login in a review."""

    id = serializers.CharField()
    user = serializers.CharField()
    roles = serializers.ListField(child=serializers.CharField())
    last_sign_in = serializers.DateTimeField(allow_null=True)
    deeds = serializers.DictField(child=serializers.IntegerField())
    decision = serializers.CharField()
    reviewer = serializers.CharField(allow_null=True)
    reason = serializers.CharField(allow_blank=True)
    approval = serializers.CharField(allow_blank=True)


class AccessReviewAnswer(serializers.Serializer[Any]):
    """A review of who may do what."""

    id = serializers.CharField()
    opened_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField()
    closed_at = serializers.DateTimeField(allow_null=True)


class AccessReviewDetailAnswer(AccessReviewAnswer):
    """A review with its lines."""

    lines = AccessReviewLineAnswer(many=True)


class AccessReviewPage(PageAnswer):
    """One page of access reviews."""

    data = AccessReviewAnswer(many=True)  # type: ignore[assignment]


def said_break_glass(glass: BreakGlass) -> dict[str, Any]:
    """Return an emergency access as the API says one."""
    same = ("id", "role", "reason", "opened_at", "ends_at", "ended_at", "verdict")
    return {name: getattr(glass, name) for name in same} | {
        "user": glass.user_id,
        "in_force": not glass.is_over(timezone.now()),
        "approved_by": glass.approved_by_id,
        "reviewed_by": glass.reviewed_by_id,
    }


def said_review(review: AccessReview) -> dict[str, Any]:
    """Return a review as the API says one."""
    return {name: getattr(review, name) for name in ("id", "opened_at", "due_at", "closed_at")}


def said_line(line: AccessReviewLine) -> dict[str, Any]:
    """Return one login of a review as the API says it."""
    same = ("id", "roles", "last_sign_in", "deeds", "decision", "reason", "approval")
    return {name: getattr(line, name) for name in same} | {"user": line.user_id, "reviewer": line.reviewer_id}
