"""What must be true of an approval: pure functions. The database enforces the same again."""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from approvals.errors import ApprovalChanged, ApprovalDecided, ApprovalExpired, OwnRequest
from audit import canonical

OPEN_FOR = timedelta(days=3)
PENDING, EXPIRED = "PENDING", "EXPIRED"


def digest_of(operation: str, target_id: str, payload: Mapping[str, Any], before: Any, after: Any) -> str:
    """Return the SHA-256, in hex, of what is asked for: exactly what a checker sees."""
    asked = [operation, target_id, dict(payload), dict(before), dict(after)]
    return hashlib.sha256(canonical.dumps(asked)).hexdigest()


def diff(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return what would change, field by field, in the order of their names."""
    names = sorted({*before, *after})
    return [{"field": name, "before": before.get(name), "after": after.get(name)} for name in names]


def present_status(status: str, expires_at: datetime, now: datetime) -> str:
    """Return the status by the clock: an approval expires though no job ran."""
    return EXPIRED if status == PENDING and expires_at <= now else status


def check_decidable(status: str, *, asked_by: str, decided_by: str | None) -> None:
    """Raise OwnRequest, ApprovalExpired or ApprovalDecided unless this person may decide now."""
    if decided_by is None or decided_by == asked_by:
        raise OwnRequest()
    if status == EXPIRED:
        raise ApprovalExpired()
    if status != PENDING:
        raise ApprovalDecided()


def check_unchanged(seen: str, kept: str, computed: str) -> None:
    """Raise ApprovalChanged unless what was looked at, what was kept and what stands there are one."""
    if not (hmac.compare_digest(seen, kept) and hmac.compare_digest(kept, computed)):
        raise ApprovalChanged()
