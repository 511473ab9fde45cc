"""When a standing order is due: pure functions of dates.

A due date belongs to the order and is never moved: the 31st of a month that has none is its last day, and the
month after it is the 31st again. The day it is paid on may be moved off a weekend. Days are those of the
bank's own time zone: with summer time a day begins an hour earlier in UTC.
"""

import calendar
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

BANK_ZONE = ZoneInfo("Europe/London")
FREQUENCIES = ("once", "week", "month", "year")
WEEKENDS = ("same", "following", "preceding")
_MONTHS = {"month": 1, "year": 12}
SATURDAY = 5
BEGINS_WITHIN = timedelta(days=3653)


@dataclass(frozen=True, slots=True)
class Rule:
    """Every so many weeks, months or years from a day on; or that day alone."""

    frequency: str
    interval: int
    starts_on: date
    ends_on: date | None = None
    weekend: str = "same"


def bank_day(moment: datetime) -> date:
    """Return which day it is at the bank."""
    return moment.astimezone(BANK_ZONE).date()


def begins_at(day: date) -> datetime:
    """Return the moment a day begins at the bank."""
    return datetime.combine(day, time.min, BANK_ZONE)


def first_due(rule: Rule, today: date) -> date | None:
    """Return the first due date of a new order: today at the earliest, to begin within ten years."""
    if rule.starts_on > today + BEGINS_WITHIN:
        return None
    return due_from(rule, max(rule.starts_on, today))


def next_due(rule: Rule, today: date, *, count: int) -> list[date]:
    """Return the first so many due dates of a new order; fewer where it ends before."""
    found: list[date] = []
    due = first_due(rule, today)
    while due is not None and len(found) < count:
        found.append(due)
        due = due_from(rule, due + timedelta(days=1))
    return found


def due_from(rule: Rule, day: date) -> date | None:
    """Return the first due date on or after a day, or None after the last."""
    number = max(0, _periods_before(rule, day))
    due = _nth(rule, number)
    while due is not None and due < day:
        number += 1
        due = _nth(rule, number)
    return due if due is None or rule.ends_on is None or due <= rule.ends_on else None


def paid_on(rule: Rule, due: date) -> date:
    """Return the day a due payment is made on: the due date, or the working day beside its weekend."""
    if rule.weekend == "same" or due.weekday() < SATURDAY:
        return due
    days = 7 - due.weekday() if rule.weekend == "following" else SATURDAY - 1 - due.weekday()
    return due + timedelta(days=days)


def _nth(rule: Rule, number: int) -> date | None:
    if rule.frequency == "once":
        return rule.starts_on if number == 0 else None
    if rule.frequency == "week":
        return rule.starts_on + timedelta(weeks=rule.interval * number)
    months = rule.starts_on.month - 1 + _MONTHS[rule.frequency] * rule.interval * number
    year, month = rule.starts_on.year + months // 12, months % 12 + 1
    return date(year, month, min(rule.starts_on.day, calendar.monthrange(year, month)[1]))


def _periods_before(rule: Rule, day: date) -> int:
    """Return a number of periods that is not past the day, so that a search from there is short."""
    days = {"once": 36_600, "week": 7, "month": 31, "year": 366}[rule.frequency] * rule.interval
    return (day - rule.starts_on).days // days - 1
