"""Judging: each sealed event once, in the order of the log, by every rule.

Whoever judges locks the cursor, and moves it in the transaction in which it keeps what it found: a crash
anywhere is a rollback, a second runner finds the row locked and does nothing. The log's numbers have no gaps
and are given in the order of commits, so "from the cursor on" passes nothing by.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Count, Max
from django.utils import timezone

from audit import history
from bank.database import arrays
from bank.database.copying import copy_rows, moment, number
from bank.public_ids import decode
from watch import events, rules
from watch.events import Event
from watch.models import Alert, AlertEvent, Cursor, RuleSetting, SeenEvent
from watch.models.alerts import ACTIVE
from watch.operations.alerts import raise_alert
from watch.rules import RULES

BATCH = 1000
MOST_LINKED = 200
_TALLY = """
    INSERT INTO watch_tally (hour, kind, outcome, count) VALUES (%s, %s, %s, %s)
    ON CONFLICT ON CONSTRAINT an_hour_is_tallied_once DO UPDATE SET count = watch_tally.count + EXCLUDED.count
"""
_SEEN_AGAIN = """
    UPDATE watch_alert
       SET count = watch_alert.count + again.count, last_index = again.last, last_seen_at = %s
      FROM unnest(%s::uuid[], %s::bigint[], %s::bigint[]) AS again (id, count, last)
     WHERE watch_alert.id = again.id
"""


class Sight(NamedTuple):
    """An event that a rule counts: a row of SeenEvent before there is one."""

    rule: str
    key: str
    value: str
    leaf_index: int
    event_id: UUID
    at: datetime


Seen = dict[str, dict[str, list[Sight]]]  # by rule, by key


class LogHasGap(RuntimeError):
    """The log's numbers are not consecutive: somebody removed a leaf."""


def judge_new_events(*, batch: int = BATCH) -> int:
    """Judge the next events of the log and return how many; 0 while somebody else does. Raises LogHasGap."""
    with transaction.atomic():
        cursor = Cursor.objects.select_for_update(skip_locked=True).filter(name="judge").first()
        rows = history.leaves_from(cursor.next_index, batch) if cursor else []
        if cursor is None or not rows:
            return 0
        if rows[-1].index != cursor.next_index + len(rows) - 1:
            raise LogHasGap(f"at leaf {cursor.next_index} or after")
        read = [events.read(row) for row in rows]
        _tally(read)
        _judge(read)
        cursor.next_index, cursor.moved_at = rows[-1].index + 1, timezone.now()
        cursor.save(update_fields=["next_index", "moved_at"])
    return len(rows)


def forget_seen_events() -> int:
    """Forget what no rule counts any more; return how many."""
    longest = timedelta(seconds=rules.LONGEST_SECONDS)
    removed, _ = SeenEvent.objects.filter(at__lt=timezone.now() - 2 * longest).delete()
    return int(removed)


def _tally(read: Sequence[Event]) -> None:
    hours = Counter((e.at.replace(minute=0, second=0, microsecond=0), e.kind, e.outcome) for e in read)
    with connection.cursor() as cursor:
        cursor.executemany(_TALLY, [(*name, count) for name, count in sorted(hours.items())])


def _judge(read: Sequence[Event]) -> None:
    settings = {setting.name: setting for setting in RuleSetting.objects.filter(is_on=True, name__in=RULES)}
    seen = _seen(read, settings)
    every = (_columns(s) for keys in seen.values() for found in keys.values() for s in found)
    copy_rows(SeenEvent._meta.db_table, Sight._fields, every)
    for name, keys in seen.items():
        _judge_rule(settings[name], keys)


def _seen(read: Sequence[Event], settings: Iterable[str]) -> Seen:
    """Return what each rule sees; of values told apart, each once in a batch."""
    seen: Seen = defaultdict(lambda: defaultdict(list))
    known: set[tuple[str, str, str]] = set()
    for name in settings:
        rule = RULES[name]
        for event in read:
            found = rule.sees(event)
            if found is None or (rule.distinct and (name, *found) in known):
                continue
            known.add((name, *found))
            seen[name][found[0]].append(_row(name, found, event))
    return seen


def _row(rule: str, found: tuple[str, str], event: Event) -> Sight:
    key, value = found
    return Sight(rule, key[:200], value[:200], event.index, event.event_id, event.at)


def _columns(seen: Sight) -> tuple[bytes, ...]:
    place = number(seen.leaf_index)
    return (
        seen.rule.encode(),
        seen.key.encode(),
        seen.value.encode(),
        place,
        seen.event_id.bytes,
        moment(seen.at),
    )


def _judge_rule(setting: RuleSetting, keys: dict[str, list[Sight]]) -> None:
    """Add to active alerts, and look closer only where there are enough events to reach the threshold."""
    found = Alert.objects.select_for_update(no_key=True).order_by("id")
    active = {alert.key: alert for alert in found.filter(kind=setting.name, key__in=keys, status__in=ACTIVE)}
    _add([(alert, keys[key]) for key, alert in active.items()])
    rest = [key for key in keys if key not in active]
    earliest = min(s.at for found in keys.values() for s in found) - timedelta(seconds=setting.window_seconds)
    for key in _enough(setting, rest, earliest):
        _look_closer(setting, key, earliest)


def _enough(setting: RuleSetting, keys: Sequence[str], earliest: datetime) -> list[str]:
    """Return the keys worth a closer look: of values told apart, many sightings of one are not."""
    counted = Count("value", distinct=True) if RULES[setting.name].distinct else Count("*")
    found = SeenEvent.objects.filter(rule=setting.name, key__in=keys, at__gte=earliest).values("key")
    return list(found.annotate(n=counted).filter(n__gte=setting.threshold).values_list("key", flat=True))


def _look_closer(setting: RuleSetting, key: str, earliest: datetime) -> None:
    """Judge what nobody decided on yet: an event that raised an alert raises no other."""
    decided = Alert.objects.filter(kind=setting.name, key=key).aggregate(last=Max("last_index"))["last"]
    window = SeenEvent.objects.filter(
        rule=setting.name, key=key, at__gte=earliest, leaf_index__gt=-1 if decided is None else decided
    ).order_by("leaf_index")
    seen = list(window)
    together = rules.judge(
        [rules.Sighting(s.leaf_index, s.at, s.value) for s in seen],
        threshold=setting.threshold,
        window_seconds=setting.window_seconds,
        distinct=RULES[setting.name].distinct,
    )
    if together:
        _raise(setting.name, key, [s for s in seen if s.leaf_index >= together[0].index])


def _raise(kind: str, key: str, seen: Sequence[SeenEvent]) -> None:
    alert = raise_alert(kind, key, count=len(seen), last_index=seen[-1].leaf_index)
    if alert:
        _link((alert, s) for s in seen[:MOST_LINKED])


def _add(more: Sequence[tuple[Alert, Sequence[Sight]]]) -> None:
    """Count what active alerts were seen for again, and link it as far as there is room."""
    if not more:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            _SEEN_AGAIN,
            [
                timezone.now(),
                arrays.uuids(decode("alr", alert.id) for alert, _ in more),
                arrays.numbers(len(seen) for _, seen in more),
                arrays.numbers(seen[-1].leaf_index for _, seen in more),
            ],
        )
    linked = AlertEvent.objects.filter(alert__in=[alert for alert, _ in more]).values("alert_id")
    counts = dict(linked.annotate(n=Count("*")).values_list("alert_id", "n"))
    _link((alert, s) for alert, seen in more for s in seen[: max(0, MOST_LINKED - counts.get(alert.id, 0))])


def _link(found: Iterable[tuple[Alert, Sight | SeenEvent]]) -> None:
    AlertEvent.objects.bulk_create(
        AlertEvent(alert=alert, event_id=s.event_id, leaf_index=s.leaf_index) for alert, s in found
    )
