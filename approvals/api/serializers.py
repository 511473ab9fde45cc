"""Approvals in the words of the API."""

import re
from typing import Any

from rest_framework import serializers

from approvals import rules
from approvals.models import Approval
from bank import clock
from bank.wire.pages import PageAnswer, PageQuery
from bank.wire.serializers import PatternField, StrictCharField, StrictChoiceField, StrictSerializer


class DigestField(PatternField):
    """A SHA-256 in lower-case hex."""

    pattern = re.compile(r"[0-9a-f]{64}", re.ASCII)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=64, **kwargs)


class ApproveSerializer(StrictSerializer):
    """The digest of what the checker looked at: anything else is not approved."""

    digest = DigestField()


class RejectSerializer(ApproveSerializer):
    """The digest of what the checker looked at, and why not."""

    note = StrictCharField(max_length=140, required=False, allow_blank=True, default="")


class AskSerializer(StrictSerializer):
    """Why something is asked for."""

    reason = StrictCharField(max_length=140)


class DiffSerializer(serializers.Serializer[Any]):
    """One field that would change."""

    field = serializers.CharField()
    before = serializers.JSONField()
    after = serializers.JSONField()


class ApprovalTargetSerializer(serializers.Serializer[Any]):
    """What it is about."""

    type = serializers.CharField()
    id = serializers.CharField()


class ApprovalSerializer(serializers.Serializer[Any]):
    """A request that needs four eyes."""

    id = serializers.CharField()
    operation = serializers.CharField()
    target = ApprovalTargetSerializer()
    status = serializers.ChoiceField(Approval.Status.choices)
    changes = DiffSerializer(many=True)
    reason = serializers.CharField()
    digest = serializers.CharField()
    requested_by = serializers.CharField()
    requested_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    decided_by = serializers.CharField(allow_null=True)
    decided_at = serializers.DateTimeField(allow_null=True)
    note = serializers.CharField()


class ApprovalPageSerializer(PageAnswer):
    """One page of approvals."""

    data = ApprovalSerializer(many=True)  # type: ignore[assignment]


class ApprovalsQuery(PageQuery):
    """Which approvals."""

    status = StrictChoiceField(choices=Approval.Status.values, required=False)


def said_approval(approval: Approval) -> dict[str, Any]:
    """Return an approval as the API says one."""
    return {
        "id": approval.id,
        "operation": approval.operation,
        "target": {"type": approval.target_type, "id": approval.target_id},
        "status": approval.present_status(clock.now()),
        "changes": rules.diff(approval.before, approval.after),
        "reason": approval.reason,
        "digest": approval.payload_digest,
        "requested_by": approval.requested_by_id,
        "requested_at": approval.requested_at,
        "expires_at": approval.expires_at,
        "decided_by": approval.decided_by_id,
        "decided_at": approval.decided_at,
        "note": approval.note,
    }
