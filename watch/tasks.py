"""What happens later: judging, measuring, telling, reviewing. A task looks at what there is."""

from celery import shared_task

from bank.resilience.turns import turn
from watch import operations


@shared_task(name="watch.judge", ignore_result=True)  # type: ignore[untyped-decorator]
def judge() -> None:
    """Judge what the log got since the last time, for a turn."""
    for _ in turn():
        if not operations.judge_new_events():
            return


@shared_task(name="watch.measure", ignore_result=True)  # type: ignore[untyped-decorator]
def measure() -> None:
    """Measure every alarm, and tell the next ones where nobody looked."""
    operations.measure_alarms()
    operations.remind()


@shared_task(name="watch.send_notices", ignore_result=True)  # type: ignore[untyped-decorator]
def send_notices() -> None:
    """Send what is due."""
    operations.send_notices()


@shared_task(name="watch.review", ignore_result=True)  # type: ignore[untyped-decorator]
def review() -> None:
    """Write the reviews that are missing, and forget what no rule counts."""
    operations.write_reviews()
    operations.forget_seen_events()
