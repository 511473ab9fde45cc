"""Expired requests, codes and tokens: deleted in batches. What they were worth ended when their time did."""

from datetime import datetime, timedelta
from typing import Any

from django.contrib.sessions.models import Session
from django.db.models import Q
from django.utils import timezone

from bank import clock
from oauth.models import (
    AccessToken,
    Confirmation,
    Consent,
    DataAccess,
    Grant,
    OwnToken,
    PushedAuthorizationRequest,
    RefreshToken,
)

BATCH = 1000
# A used code is kept this long after its minute: a replay is noticed as long as its tokens could live.
KEPT = timedelta(hours=1)
# How long a person can look up what apps looked at: 24 months.
SHOWN = timedelta(days=731)


def sweep() -> int:
    """Delete expired rows and return how many; several may run at once."""
    now = timezone.now()
    return (
        _delete(AccessToken, Q(expires__lt=now - KEPT))
        + _delete(OwnToken, Q(expires_at__lt=now - KEPT))
        + _delete(Grant, Q(expires__lt=now - KEPT))
        + _delete(RefreshToken, _worthless(now, clock.now()))
        + _delete(DataAccess, Q(began_at__lt=clock.now() - SHOWN))
        + _delete(Confirmation, Q(expires_at__lt=now - KEPT))
        + _delete(Session, Q(expire_date__lt=now))
        + _delete(PushedAuthorizationRequest, Q(expires_at__lt=now - KEPT))
    )


def _worthless(now: datetime, bank_now: datetime) -> Q:
    ended = Q(consent__expires_at__lt=bank_now - KEPT) | ~Q(
        consent__status__in=[Consent.Status.AUTHORISED, Consent.Status.CONSUMED]
    )
    return Q(revoked__lt=now - KEPT) | ended


def _delete(model: Any, condition: Q) -> int:
    deleted = 0
    while ids := list(model.objects.filter(condition).values_list("pk", flat=True)[:BATCH]):
        deleted += model.objects.filter(pk__in=ids).delete()[0]
    return deleted
