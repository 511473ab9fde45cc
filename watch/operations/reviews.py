"""Daily reviews: every leaf of the log belongs to exactly one, in order, without a gap."""

from collections import defaultdict
from datetime import date
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from audit import canonical, history
from audit.actor import Actor
from audit.operations import record
from bank import clock
from bank.public_ids import uuid7
from watch import review_key
from watch.alarms import days_without_review
from watch.errors import ReviewNotFound, ReviewSignedOff
from watch.models import DailyReview
from watch.operations.life import BY, step

_ALONE = 0x5245564945575321  # one writer at a time
# What a reviewer looks at first, by the beginning of the kind.
LOOKED_AT = (
    "alert.", "incident.", "approval.", "break_glass.", "access_review.", "rule.", "user.", "ip_rule.",
    "audit.", "api_key.", "login.failed", "login.locked_out", "access.denied", "limit.hit",
    "token.reuse_detected",
)  # fmt: skip


def write_reviews() -> int:
    """Write the review of every day that is over and has none; return how many. Several may run at once."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_ALONE])
            alone = cursor.fetchone()[0]
        days = days_without_review(timezone.now()) if alone else []
        for day in days:
            _write(day)
    return len(days)


def sign_off_review(review_id: str, *, by: Actor) -> DailyReview:
    """Say that somebody read it; raises ReviewNotFound, ReviewSignedOff."""
    with transaction.atomic():
        try:
            review = DailyReview.objects.select_for_update(no_key=True).get(id=review_id)
        except (DailyReview.DoesNotExist, ValueError) as error:
            raise ReviewNotFound() from error
        if review.signed_off_by_id is not None:
            raise ReviewSignedOff()
        changed = {"signed_off_by_id": by.user_id, "signed_off_at": timezone.now()}
        step(review, "review.signed_off", by=by, target=("review", review.id), changed=changed)
    return review


def summary(day: date, first: int, end: history.Head | None) -> dict[str, Any]:
    """Return what the log says of a day: the leaves from `first` to the day's last head, counted."""
    size = end.size if end else first
    kinds: dict[str, dict[str, int]] = defaultdict(dict)
    for kind, outcome, count in history.deeds_between(first, size):
        kinds[kind][outcome] = count
    looked_at = {kind: sum(by.values()) for kind, by in kinds.items() if _is_looked_at(kind)}
    return {
        "day": str(day),
        "first_leaf": first,
        "size": size,
        "root": end.root if end else "",
        "events": dict(kinds),
        "looked_at": looked_at,
    }


def _write(day: date) -> None:
    last = DailyReview.objects.order_by("-day").first()
    first = last.end_index if last else 0
    midnight = clock.ends(day)
    said = summary(day, first, history.head_before(midnight))
    note = review_key.sign(canonical.dumps(said).decode() + "\n")
    review = DailyReview.objects.create(
        day=day, first_index=first, end_index=said["size"], note=note, last_event_id=uuid7()
    )
    record(
        "review.written",
        by=BY,
        target=("review", review.id),
        event_id=review.last_event_id,
        changes={"day": str(day), "note": note},
    )


def _is_looked_at(kind: str) -> bool:
    return kind.startswith(LOOKED_AT) or kind.endswith(".unmasked")
