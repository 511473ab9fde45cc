"""People told of new devices: one mail for all that are new, sent by the worker, never by the sign-in."""

import logging
from collections import defaultdict
from smtplib import SMTPException

from django.db import transaction
from django.utils import timezone

from audit.actor import system
from audit.operations import record
from oauth.models import KnownDevice
from oauth.notices import tell_of_devices

BY = system("device notices")
BATCH = 100
log = logging.getLogger(__name__)


def tell_owners() -> int:
    """Tell the owners of devices nobody was told of yet, and return how many; several may run at once.

    A mail that cannot be sent stays due. One that was sent before the commit failed is sent again.
    """
    with transaction.atomic():
        found = KnownDevice.objects.select_for_update(skip_locked=True).filter(told_at=None)
        devices: dict[str, list[KnownDevice]] = defaultdict(list)
        for device in found.order_by("first_seen_at")[:BATCH]:
            devices[device.user_id].append(device)
        return sum(_told(user_id, new) for user_id, new in devices.items())


def _told(user_id: str, devices: list[KnownDevice]) -> bool:
    try:
        has_address = tell_of_devices(user_id, [device.device for device in devices])
    except (OSError, SMTPException) as error:
        log.error("a mail was not sent", extra={"error_type": type(error).__name__})
        return False
    KnownDevice.objects.filter(id__in=[device.id for device in devices]).update(told_at=timezone.now())
    if has_address:
        record("login.new_device_told", by=BY, target=("user", user_id))
    return has_address
