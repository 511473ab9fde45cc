"""What can be done with approvals: asked for, approved, rejected, left to expire, withdrawn."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from approvals import rules
from approvals.errors import ApprovalNotFound, ApprovalPending, AskerUnknown, TargetChanged
from approvals.models import Approval
from approvals.registry import Approvable, AwaitedDecision, operation_named
from audit.actor import Actor
from audit.operations import record, record_attempt
from bank import clock
from bank.errors import BankError
from bank.public_ids import uuid7
from bank.resilience.alone import alone

SWEPT_AT_ONCE = 500


def request_approval(
    operation: str, target_id: str, *, payload: Mapping[str, Any], reason: str, by: Actor
) -> Approval:
    """Ask for an operation; nothing is done yet.

    Raises AskerUnknown, ApprovalPending and what the operation's `propose` raises.
    """
    if by.user_id is None:
        raise AskerUnknown()
    approvable = operation_named(operation)
    with transaction.atomic():
        change = approvable.propose(target_id, payload)
        _expire(Approval.objects.filter(operation=operation, target_id=target_id), by=by)
        approval = _asked(approvable, target_id, payload, change, reason, by)
        _insert(approval)
        record(
            "approval.requested",
            by=by,
            target=("approval", approval.id),
            event_id=approval.last_event_id,
            changes={"operation": operation, "target": target_id, "digest": approval.payload_digest},
        )
    return approval


def approve(approval_id: str, *, digest: str, by: Actor) -> Approval:
    """Approve what was looked at (`digest`) and do it, in one transaction.

    Raises ApprovalNotFound, OwnRequest, ApprovalDecided, ApprovalExpired, ApprovalChanged, TargetChanged and
    what the operation itself raises; then nothing has changed.
    """
    with transaction.atomic():
        approval = _decidable(approval_id, digest, by)
        approvable = operation_named(approval.operation)
        before, after = approvable.propose(approval.target_id, approval.payload)
        if (dict(before), dict(after)) != (approval.before, approval.after):
            raise TargetChanged()
        _decide(approval, Approval.Status.APPROVED, by=by)
        approvable.carry_out(approval.target_id, approval.payload, by=by)
    return approval


def reject(approval_id: str, *, digest: str, note: str = "", by: Actor) -> Approval:
    """Refuse what was asked for; raises as `approve`."""
    with transaction.atomic():
        approval = _decidable(approval_id, digest, by)
        _decide(approval, Approval.Status.REJECTED, by=by, note=note)
    return approval


def withdraw_request(operation: str, target_id: str, *, by: Actor) -> None:
    """Take back what waits to be decided, if anything does: its target, locked by the caller, moved on."""
    with transaction.atomic():
        pending = Approval.objects.filter(
            operation=operation, target_id=target_id, status=Approval.Status.PENDING
        )
        for approval in pending.select_for_update(no_key=True):
            _decide(approval, Approval.Status.WITHDRAWN, by=by)


def expire_approvals(*, by: Actor) -> int:
    """Note which approvals nobody decided in time; returns how many. They had expired already.

    Each in its own transaction and in no order: one that cannot be noted holds up no other.
    """
    noted, late = 0, _late(Approval.objects.all()).order_by("?")
    for approval_id in late.values_list("id", flat=True)[:SWEPT_AT_ONCE]:
        with alone("approval", approval_id=approval_id), transaction.atomic():
            noted += _expire(Approval.objects.filter(id=approval_id), by=by)
    return noted


def record_denial(approval_id: str, denied: BankError, *, by: Actor) -> None:
    """Record that somebody tried to decide on what is not theirs to decide; raises TrailUnavailable.

    Outside the transaction of the attempt, which has been undone.
    """
    record_attempt("approval.denied", by=by, target=("approval", approval_id[:64]), reason=denied.code)


def _asked(
    approvable: Approvable, target_id: str, payload: Mapping[str, Any], change: Any, reason: str, by: Actor
) -> Approval:
    before, after = dict(change.before), dict(change.after)
    return Approval(
        operation=approvable.name,
        target_type=approvable.target_type,
        target_id=target_id,
        payload=dict(payload),
        before=before,
        after=after,
        payload_digest=rules.digest_of(approvable.name, target_id, payload, before, after),
        reason=reason,
        requested_by_id=by.user_id,
        expires_at=clock.now() + rules.OPEN_FOR,
        last_event_id=uuid7(),
    )


def _insert(approval: Approval) -> None:
    try:
        with transaction.atomic():
            approval.save(force_insert=True)
    except IntegrityError as error:
        if "approval_is_asked_for_once" in str(error):
            raise ApprovalPending() from error
        raise
    approval.refresh_from_db(fields=["requested_at"])


def _decidable(approval_id: str, digest: str, by: Actor) -> Approval:
    """Return the approval, locked, once it is sure that this person may decide on exactly this, now."""
    try:
        _lock_target(Approval.objects.get(id=approval_id))
        approval = Approval.objects.select_for_update(no_key=True).get(id=approval_id)
    except (Approval.DoesNotExist, ValueError) as error:
        raise ApprovalNotFound() from error
    present = approval.present_status(clock.now())
    rules.check_decidable(present, asked_by=approval.requested_by_id, decided_by=by.user_id)
    computed = rules.digest_of(
        approval.operation, approval.target_id, approval.payload, approval.before, approval.after
    )
    rules.check_unchanged(digest, approval.payload_digest, computed)
    return approval


_KINDS = {
    Approval.Status.APPROVED: "approval.approved",
    Approval.Status.REJECTED: "approval.rejected",
    Approval.Status.EXPIRED: "approval.expired",
    Approval.Status.WITHDRAWN: "approval.withdrawn",
}


def _decide(approval: Approval, status: Approval.Status, *, by: Actor, note: str = "") -> None:
    previous: UUID | None = approval.last_event_id
    approval.status, approval.note = status, note
    if status in {Approval.Status.APPROVED, Approval.Status.REJECTED}:
        approval.decided_by_id = by.user_id
    approval.version, approval.last_event_id = approval.version + 1, uuid7()
    approval.save(update_fields=["status", "decided_by", "note", "version", "last_event_id"])
    approval.refresh_from_db(fields=["decided_at"])
    record(
        _KINDS[status],
        by=by,
        target=("approval", approval.id),
        target_seq=approval.version,
        previous_event=previous,
        event_id=approval.last_event_id,
        changes={"status": (Approval.Status.PENDING.value, status.value)},
    )
    _tell_target(approval, by)


def _lock_target(approval: Approval) -> None:
    """Lock what awaits the decision; it comes before the approval, or two would wait for each other."""
    if isinstance(waits := operation_named(approval.operation), AwaitedDecision):
        waits.lock(approval.target_id)


def _tell_target(approval: Approval, by: Actor) -> None:
    """Lead a target out of waiting when nothing comes of what was asked."""
    waits, rejected = operation_named(approval.operation), approval.status == Approval.Status.REJECTED
    if isinstance(waits, AwaitedDecision) and (rejected or approval.status == Approval.Status.EXPIRED):
        waits.turn_down(approval.target_id, note=approval.note, decided=rejected, by=by)


def _late(among: Any) -> Any:
    return among.filter(status=Approval.Status.PENDING, expires_at__lte=clock.now())


def _expire(among: Any, *, by: Actor) -> bool:
    """Note that what waits to be decided, at most one among these, has expired; False where nothing has."""
    late = _late(among)
    if (seen := late.first()) is None:
        return False
    _lock_target(seen)
    if (still := late.select_for_update(no_key=True, skip_locked=True).first()) is None:
        return False
    _decide(still, Approval.Status.EXPIRED, by=by)
    return True
