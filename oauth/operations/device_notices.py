"""People told of new devices: one mail for all that are new, sent by the worker, never by the sign-in.

Tried, put off for longer each time, given up: an address that refuses holds nobody up.
"""

import logging
from collections.abc import Sequence
from datetime import timedelta
from smtplib import SMTPException

from django.db import transaction
from django.utils import timezone

from audit.actor import system
from audit.operations import record
from bank.observability.metrics import DEVICE_NOTICES
from oauth.models import KnownDevice
from oauth.notices import tell_of_devices

BY = system("device notices")
BATCH = 100  # people
CLAIMED_FOR = timedelta(minutes=10)  # a task is cut off after five
# 1, 2, 4 … minutes, then every six hours: the last try comes more than two days after the first
FIRST_PAUSE, LONGEST_PAUSE, MOST_ATTEMPTS = timedelta(minutes=1), timedelta(hours=6), 18
log = logging.getLogger(__name__)


def tell_owners() -> int:
    """Tell the owners of devices nobody was told of yet, and return how many; several may run at once.

    A mail that cannot be sent is due again later. One that was sent before the commit failed is sent again.
    """
    told = 0
    for _ in range(BATCH):
        if not (devices := _claimed()):
            break
        told += _told(devices)
    return told


def _claimed() -> list[KnownDevice]:
    """Take all that one person is to be told of, who waits longest; nobody else takes it for a while."""
    now = timezone.now()
    with transaction.atomic():
        due = KnownDevice.objects.select_for_update(skip_locked=True).filter(told_at=None, due_at__lte=now)
        first = due.order_by("due_at").first()
        devices = list(due.filter(user=first.user_id).order_by("first_seen_at")) if first else []
        for device in devices:
            device.attempts += 1
            device.due_at = now + CLAIMED_FOR
            device.save(update_fields=["attempts", "due_at"])
    return devices


def _told(devices: Sequence[KnownDevice]) -> bool:
    """Send one mail, outside any transaction, and keep what came of it."""
    user_id = devices[0].user_id
    try:
        has_address = tell_of_devices(user_id, [device.device for device in devices])
    except (OSError, SMTPException, ValueError) as error:  # ValueError: Django cannot write to that address
        log.error("a mail was not sent", extra={"error_type": type(error).__name__})
        _try_later(devices)
        return False
    with transaction.atomic():
        _end(devices)
        if has_address:
            record("login.new_device_told", by=BY, target=("user", user_id))
    DEVICE_NOTICES.labels("told" if has_address else "no_address").inc()
    return has_address


def _try_later(devices: Sequence[KnownDevice]) -> None:
    over = [device for device in devices if device.attempts >= MOST_ATTEMPTS]
    with transaction.atomic():
        for device in devices:
            pause = min(FIRST_PAUSE * 2 ** (device.attempts - 1), LONGEST_PAUSE)
            KnownDevice.objects.filter(id=device.id).update(due_at=timezone.now() + pause)
        if over:
            _give_up(over)
    DEVICE_NOTICES.labels("given_up" if over else "put_off").inc()


def _give_up(devices: Sequence[KnownDevice]) -> None:
    user_id = devices[0].user_id
    _end(devices)
    record("login.new_device_told", by=BY, target=("user", user_id), outcome="error", reason="given_up")
    log.error("given up telling somebody of a new device; the trail names whom")


def _end(devices: Sequence[KnownDevice]) -> None:
    KnownDevice.objects.filter(id__in=[device.id for device in devices]).update(told_at=timezone.now())
