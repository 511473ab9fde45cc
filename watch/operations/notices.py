"""Notices: written in the transaction of what they are about, sent outside of any, and again when that fails.

A notice may arrive twice, when a sender dies between sending and noting it; it has the same id then.
"""

import base64
import hmac
import json
import logging
import time
from datetime import timedelta
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.utils import timezone

from audit.operations import record
from bank import outbound
from watch.kinds import KINDS
from watch.models import Notice
from watch.operations.life import BY

logger = logging.getLogger("watch.notices")

SENT_AT_ONCE = 20
CLAIMED_FOR = timedelta(minutes=2)
MOST_ATTEMPTS = 12
LONGEST_PAUSE = timedelta(minutes=30)
QUIET = {"low"}
_CHANNELS = {
    Notice.Occasion.RAISED: (Notice.Channel.MAIL, Notice.Channel.WEBHOOK),
    Notice.Occasion.OPENED: (Notice.Channel.MAIL, Notice.Channel.WEBHOOK),
    Notice.Occasion.NOBODY_LOOKED: (Notice.Channel.ESCALATION, Notice.Channel.WEBHOOK),
}
_WORDS = {
    Notice.Occasion.RAISED: "An alert was raised",
    Notice.Occasion.OPENED: "An incident was opened",
    Notice.Occasion.NOBODY_LOOKED: "Nobody has looked at an alert in time",
}


class NotDelivered(Exception):
    """The other side did not take a notice."""


def write_notices(about: str, kind: str, severity: str, occasion: Notice.Occasion) -> None:
    """Write a notice for each place that is to be told, in the present transaction; low ones tell nobody."""
    if severity in QUIET:
        return
    Notice.objects.bulk_create(
        [
            Notice(about=about, kind=kind, severity=severity, occasion=occasion, channel=channel)
            for channel in _CHANNELS[occasion]
            if _is_set_up(channel)
        ],
        ignore_conflicts=True,
    )


def send_notices() -> int:
    """Send what is due and return how many were delivered; any number may run at once."""
    return sum(_delivered(notice) for notice in _claimed())


def _claimed() -> list[Notice]:
    """Take some that are due; nobody else takes them for a while."""
    with transaction.atomic():
        due = Notice.objects.filter(status=Notice.Status.DUE, due_at__lte=timezone.now()).order_by("due_at")
        notices = list(due.select_for_update(skip_locked=True)[:SENT_AT_ONCE])
        for notice in notices:
            notice.attempts += 1
            notice.due_at = timezone.now() + CLAIMED_FOR
            notice.save(update_fields=["attempts", "due_at"])
    return notices


def _delivered(notice: Notice) -> bool:
    try:
        _SENDERS[Notice.Channel(notice.channel)](notice)
    except (OSError, SMTPException, outbound.OutboundFailure, NotDelivered) as error:
        logger.error("a notice was not delivered", extra={"error_type": type(error).__name__})
        _try_later(notice)
        return False
    with transaction.atomic():
        Notice.objects.filter(id=notice.id).update(status=Notice.Status.SENT, sent_at=timezone.now())
        record("notice.sent", by=BY, target=("notice", notice.id), reason=notice.channel)
    return True


def _try_later(notice: Notice) -> None:
    pause = min(timedelta(seconds=10 * 2**notice.attempts), LONGEST_PAUSE)
    status = Notice.Status.FAILED if notice.attempts >= MOST_ATTEMPTS else Notice.Status.DUE
    Notice.objects.filter(id=notice.id).update(status=status, due_at=timezone.now() + pause)


def _is_set_up(channel: Notice.Channel) -> bool:
    return bool(
        {
            Notice.Channel.MAIL: settings.WATCH_MAIL_TO,
            Notice.Channel.ESCALATION: settings.WATCH_ESCALATION_MAIL_TO,
            Notice.Channel.WEBHOOK: settings.WATCH_WEBHOOK_URL,
        }[channel]
    )


def said(notice: Notice) -> dict[str, str]:
    """Return what a notice says: which alert or incident, never of whom."""
    place = "incident" if notice.about.startswith("inc_") else "alert"
    return {
        "id": notice.id,
        "type": f"{place}.{notice.occasion}",
        "about": notice.about,
        "kind": notice.kind,
        "severity": notice.severity,
        "meaning": KINDS[notice.kind].meaning,
        "runbook": KINDS[notice.kind].runbook,
        "url": f"{settings.PUBLIC_ORIGIN}/admin/watch/{place}/{notice.about}/change/",
    }


def _mail(notice: Notice, to: list[str]) -> None:
    told = said(notice)
    subject = f"[{notice.severity}] {_WORDS[Notice.Occasion(notice.occasion)]}: {notice.kind}"
    lines = (told["meaning"], f"Look: {told['url']}", f"What to do: {told['runbook']}", f"Notice {notice.id}")
    send_mail(subject, "\n\n".join(lines), settings.DEFAULT_FROM_EMAIL, to)


def _webhook(notice: Notice) -> None:
    """Post the notice, signed as Standard Webhooks 1.0 says."""
    body, at = json.dumps(said(notice)).encode(), str(int(time.time()))
    signed = f"{notice.id}.{at}.".encode() + body
    key = base64.b64decode(settings.WATCH_WEBHOOK_SECRET.removeprefix("whsec_"))
    signature = base64.b64encode(hmac.digest(key, signed, "sha256")).decode()
    headers = {
        "Content-Type": "application/json",
        "webhook-id": notice.id,
        "webhook-timestamp": at,
        "webhook-signature": f"v1,{signature}",
    }
    answer = outbound.call("POST", settings.WATCH_WEBHOOK_URL, body=body, headers=headers)
    if not 200 <= answer.status < 300:
        raise NotDelivered(f"answered {answer.status}")


_SENDERS = {
    Notice.Channel.MAIL: lambda notice: _mail(notice, settings.WATCH_MAIL_TO),
    Notice.Channel.ESCALATION: lambda notice: _mail(notice, settings.WATCH_ESCALATION_MAIL_TO),
    Notice.Channel.WEBHOOK: _webhook,
}
