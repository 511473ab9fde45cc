"""Apps told that a session ended (OpenID Connect Back-Channel Logout 1.0): tried, retried, given up."""

from datetime import timedelta
from urllib.parse import urlencode

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from audit.actor import system
from audit.operations import record
from bank.outbound import Limits, OutboundFailure, call
from bank.resilience.alone import alone
from oauth import signing_keys
from oauth.models import LogoutNotice
from oauth.protocol import logout_token

BY = system("back-channel logout")
LIMITS = Limits(seconds=5.0, answer_bytes=4 * 1024)
# 30 s, 1, 2, 4 … minutes: the last try comes about two hours after the first
FIRST_PAUSE_SECONDS, MOST_ATTEMPTS = 30, 9
BATCH = 20


def tell_apps() -> int:
    """Tell each app what is due, and return how many were told; several may run at once."""
    told = 0
    for notice_id in _due():
        with alone("logout notice", notice_id=notice_id):
            told += _tell(notice_id)
    return told


def _due() -> list[str]:
    """Return what is due, put off at once: whoever dies in the middle leaves it for a later try."""
    now = timezone.now()
    with transaction.atomic():
        found = LogoutNotice.objects.select_for_update(skip_locked=True).filter(next_at__lte=now)
        notices = list(found.order_by("next_at")[:BATCH])
        for notice in notices:
            notice.attempts += 1
            pause = FIRST_PAUSE_SECONDS * 2 ** (notice.attempts - 1)
            notice.next_at = now + timedelta(seconds=pause) if notice.attempts < MOST_ATTEMPTS else None
            notice.save(update_fields=["attempts", "next_at"])
    return [notice.id for notice in notices]


def _tell(notice_id: str) -> bool:
    """Call one app, outside any transaction, and keep what came of it."""
    notice = LogoutNotice.objects.select_related("client", "session").get(id=notice_id)
    is_told = _is_taken(notice)
    with transaction.atomic():
        if is_told:
            LogoutNotice.objects.filter(id=notice_id).update(delivered_at=timezone.now(), next_at=None)
        if is_told or notice.next_at is None:
            record(
                "client.told_of_logout",
                by=BY,
                target=("client", notice.client.client_id),
                outcome="success" if is_told else "error",
                reason="" if is_told else "given_up",
            )
    return is_told


def _is_taken(notice: LogoutNotice) -> bool:
    client = notice.client
    algorithm = client.id_token_signed_response_alg
    ended = logout_token.Ended(
        issuer=settings.PUBLIC_ORIGIN,
        client_id=client.client_id,
        subject=notice.session.user_id,
        sid=notice.session_id,
    )
    token = logout_token.issue(
        ended, algorithm=algorithm, key=signing_keys.signing_key(algorithm), now=timezone.now()
    )
    try:
        answer = call(
            "POST",
            client.backchannel_logout_uri,
            body=urlencode({"logout_token": token}).encode(),
            headers={"Content-Type": "application/x-www-form-urlencoded"},
            limits=LIMITS,
        )
    except OutboundFailure:
        return False
    return answer.status in {200, 204}
