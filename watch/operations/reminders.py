"""When nobody looks: the next ones are told."""

from django.db import transaction
from django.utils import timezone

from watch.models import Alert, Notice
from watch.operations.life import BY, step
from watch.operations.notices import write_notices

AT_ONCE = 100


def remind() -> int:
    """Tell the next ones of alerts nobody acknowledged in time, each once; return how many."""
    with transaction.atomic():
        late = Alert.objects.filter(
            status=Alert.Status.OPEN, reminded_at=None, look_before__lte=timezone.now()
        ).order_by("id")
        alerts = list(late.select_for_update(skip_locked=True, no_key=True)[:AT_ONCE])
        for alert in alerts:
            step(
                alert,
                "alert.overlooked",
                by=BY,
                target=("alert", alert.id),
                changed={"reminded_at": timezone.now()},
            )
            write_notices(alert.id, alert.kind, alert.severity, Notice.Occasion.NOBODY_LOOKED)
    return len(alerts)
