"""Access reviews: opened twice a year, each login decided on by somebody else, closed when all are."""

from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction

from approvals.operations import request_approval
from audit import history
from audit.actor import Actor
from audit.operations import record
from bank import clock
from bank.access.roles import STAFF_ROLES
from bank.public_ids import uuid7
from oauth.errors import (
    AccessReviewLineDecided,
    AccessReviewLineNotFound,
    AccessReviewOpen,
    OwnAccess,
    ReviewReasonMissing,
)
from oauth.models import AccessReview, AccessReviewLine, User

EVERY = timedelta(days=182)
DECIDE_WITHIN = timedelta(days=14)


def open_access_review(*, by: Actor) -> AccessReview:
    """Open a review with a line for each login of staff; raises AccessReviewOpen."""
    with transaction.atomic():
        review = _inserted()
        since = review.opened_at - EVERY
        logins = User.objects.filter(roles__overlap=sorted(STAFF_ROLES), is_active=True).order_by("id")
        AccessReviewLine.objects.bulk_create(
            AccessReviewLine(
                review=review,
                user=user,
                roles=sorted(user.roles),
                last_sign_in=user.last_login,
                deeds=history.deeds_of(user.id, since),
            )
            for user in logins
        )
        record(
            "access_review.opened", by=by, target=("access_review", review.id), event_id=review.last_event_id
        )
    return review


def open_due_access_review(*, by: Actor) -> AccessReview | None:
    """Open the next review when half a year has passed since the last; None while there is nothing to do."""
    newest = AccessReview.objects.order_by("-opened_at").first()
    if newest and (newest.closed_at is None or newest.opened_at + EVERY > clock.now()):
        return None
    try:
        return open_access_review(by=by)
    except AccessReviewOpen:
        return None


def decide_access(line_id: str, *, keep: bool, reason: str, by: Actor) -> AccessReviewLine:
    """Say whether a login keeps its roles; taking them away is asked for, and somebody else approves.

    Raises AccessReviewLineNotFound, OwnAccess, ReviewReasonMissing, AccessReviewLineDecided, ApprovalPending.
    """
    with transaction.atomic():
        line = _locked(line_id)
        if by.user_id is None or by.user_id == line.user_id:
            raise OwnAccess()
        if not reason.strip():
            raise ReviewReasonMissing()
        if line.decision != AccessReviewLine.Decision.UNDECIDED:
            raise AccessReviewLineDecided()
        line.reason, line.reviewer_id, line.decided_at = reason.strip()[:140], by.user_id, clock.now()
        line.decision = AccessReviewLine.Decision.KEEP if keep else AccessReviewLine.Decision.REMOVE
        line.approval = "" if keep else _asked_for(line, by)
        line.save(update_fields=["decision", "reviewer", "decided_at", "reason", "approval"])
        _step(line.review, "access_review.decided", {}, by, reason=str(line.decision))
        if not line.review.lines.filter(decision=AccessReviewLine.Decision.UNDECIDED).exists():
            _step(line.review, "access_review.closed", {"closed_at": clock.now()}, by)
    return line


def overdue_access_reviews() -> list[str]:
    """Return the reviews nobody finished in time; for the alarm."""
    return list(
        AccessReview.objects.filter(closed_at=None, due_at__lte=clock.now()).values_list("id", flat=True)
    )


def _inserted() -> AccessReview:
    now = clock.now()
    try:
        with transaction.atomic():
            return AccessReview.objects.create(
                opened_at=now, due_at=now + DECIDE_WITHIN, last_event_id=uuid7()
            )
    except IntegrityError as error:
        if "one_access_review_is_open" in str(error):
            raise AccessReviewOpen() from error
        raise


def _asked_for(line: AccessReviewLine, by: Actor) -> str:
    """Ask for the staff roles to be taken away; what is no role of staff stays."""
    kept = sorted(set(User.objects.get(id=line.user_id).roles) - STAFF_ROLES)
    approval = request_approval(
        "user.roles", line.user_id, payload={"roles": kept}, reason=line.reason, by=by
    )
    return str(approval.id)


def _locked(line_id: str) -> AccessReviewLine:
    """Return a line, its review locked before it."""
    try:
        line = AccessReviewLine.objects.get(id=line_id)
    except (AccessReviewLine.DoesNotExist, ValueError) as error:
        raise AccessReviewLineNotFound() from error
    review = AccessReview.objects.select_for_update(no_key=True).get(id=line.review_id)
    line = AccessReviewLine.objects.select_for_update(no_key=True).get(id=line_id)
    line.review = review
    return line


def _step(review: AccessReview, kind: str, changed: dict[str, Any], by: Actor, reason: str = "") -> None:
    previous = review.last_event_id
    review.version, review.last_event_id = review.version + 1, uuid7()
    for name, value in changed.items():
        setattr(review, name, value)
    review.save(update_fields=[*changed, "version", "last_event_id"])
    record(
        kind,
        by=by,
        target=("access_review", review.id),
        target_seq=review.version,
        previous_event=previous,
        event_id=review.last_event_id,
        reason=reason,
    )
