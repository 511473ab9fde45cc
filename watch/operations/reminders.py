"""When nobody looks: the next ones are told."""

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from bank.resilience.alone import alone
from watch.models import Alert, Notice
from watch.operations.life import BY, step
from watch.operations.notices import write_notices

AT_ONCE = 100


def remind() -> int:
    """Tell the next ones of alerts nobody acknowledged in time, each once; return how many.

    Each in its own transaction and in no order: one that cannot be told holds up no other.
    """
    told = 0
    for alert_id in _late().order_by("?").values_list("id", flat=True)[:AT_ONCE]:
        with alone("reminder", alert_id=alert_id), transaction.atomic():
            told += _told(alert_id)
    return told


def _late() -> QuerySet[Alert]:
    return Alert.objects.filter(status=Alert.Status.OPEN, reminded_at=None, look_before__lte=timezone.now())


def _told(alert_id: str) -> bool:
    alert = _late().filter(id=alert_id).select_for_update(skip_locked=True, no_key=True).first()
    if alert is None:
        return False
    changed = {"reminded_at": timezone.now()}
    step(alert, "alert.overlooked", by=BY, target=("alert", alert.id), changed=changed)
    write_notices(alert.id, alert.kind, alert.severity, Notice.Occasion.NOBODY_LOOKED)
    return True
