"""Measuring: every alarm asked what is wrong now; what is new is raised, what is over is said to be over."""

import logging
from collections.abc import Collection

from django.core.cache import cache
from django.utils import timezone

from watch import alarms
from watch.alarms import Alarm
from watch.models import Alert
from watch.models.alerts import ACTIVE
from watch.operations.alerts import raise_alert

logger = logging.getLogger("watch.measuring")

BROKEN = "alarm_broken"
MEASURED_AT = "watch:measured_at"  # in the cache: seconds since 1970, for the gauge that outsiders watch


def measure_alarms() -> int:
    """Measure every alarm and return how many alerts were raised; any number may run at once."""
    broken, raised = [], 0
    for alarm in alarms.registered():
        troubles = _asked(alarm)
        if troubles is None:
            broken.append(alarm.kind)
        else:
            raised += _told(alarm.kind, troubles)
    raised += _told(BROKEN, broken)
    cache.set(MEASURED_AT, timezone.now().timestamp(), timeout=None)
    return raised


def _asked(alarm: Alarm) -> Collection[str] | None:
    """Return what is wrong, or None when the alarm could not tell."""
    try:
        return alarm.troubles()
    except Exception as error:  # noqa: BLE001 - one alarm that breaks must not silence the others
        logger.error("an alarm is broken", extra={"alarm": alarm.kind, "error_type": type(error).__name__})
        return None


def _told(kind: str, troubles: Collection[str]) -> int:
    """Raise what is new. What somebody decided on is raised again only after it was over in between."""
    alerts, active = Alert.objects.filter(kind=kind), Alert.objects.filter(kind=kind, status__in=ACTIVE)
    alerts.filter(over_at=None).exclude(key__in=troubles).update(over_at=timezone.now())
    active.filter(key__in=troubles).exclude(over_at=None).update(over_at=None)
    known = {
        *active.values_list("key", flat=True),
        *alerts.filter(over_at=None).values_list("key", flat=True),
    }
    return sum(raise_alert(kind, key) is not None for key in troubles if key not in known)
