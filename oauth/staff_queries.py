"""What can be asked of emergency access and access reviews."""

import json
from datetime import timedelta

from django.utils import timezone

from audit import history
from oauth.errors import AccessReviewNotFound
from oauth.models import AccessReview, AccessReviewLine, BreakGlass
from watch.queries import Moment, moments_of


def list_break_glass(*, limit: int, before: str | None = None) -> list[BreakGlass]:
    """Return emergency accesses, the newest first."""
    rows = BreakGlass.objects.order_by("-id")
    return list((rows.filter(id__lt=before) if before else rows)[:limit])


def unreviewed_break_glass() -> list[str]:
    """Return the emergency accesses that were over a day ago and nobody reviewed; for the alarm."""
    day = timezone.now() - timedelta(days=1)
    over = BreakGlass.objects.filter(reviewed_by=None, ends_at__lt=day)
    early = BreakGlass.objects.filter(reviewed_by=None, ended_at__lt=day)
    return sorted({*over.values_list("id", flat=True), *early.values_list("id", flat=True)})


def deeds_under(glass: BreakGlass) -> list[Moment]:
    """Return every event of the log that was done under an emergency access, and its own life."""
    leaves = history.leaves_by(glass.user_id, glass.opened_at, glass.over_at + timedelta(minutes=1))
    done = [leaf for leaf in leaves if _event(bytes(leaf.body)).get("break_glass") == glass.id]
    return moments_of([*done, *history.leaves_about(f"break_glass:{glass.id}")])


def list_access_reviews(*, limit: int, before: str | None = None) -> list[AccessReview]:
    """Return access reviews, the newest first."""
    rows = AccessReview.objects.order_by("-id")
    return list((rows.filter(id__lt=before) if before else rows)[:limit])


def get_access_review(review_id: str) -> AccessReview:
    """Return one review; raises AccessReviewNotFound."""
    try:
        return AccessReview.objects.get(id=review_id)
    except (AccessReview.DoesNotExist, ValueError) as error:
        raise AccessReviewNotFound() from error


def list_lines(review: AccessReview) -> list[AccessReviewLine]:
    """Return the lines of a review, in the order of their logins."""
    return list(review.lines.order_by("user_id"))


def _event(body: bytes) -> dict[str, object]:
    event: dict[str, object] = json.loads(body).get("event", {})
    return event
