"""The periods of a recurring payment's limits (UK Open Banking, VRP control parameters). Pure functions.

Periods aligned with the calendar begin with it: the first one is shorter, and so is its limit, by the days
that are left of it. Periods aligned with the consent begin on its first day. Days are those of UTC.
"""

import calendar
from datetime import date, timedelta
from typing import Any

from accounts.money import Money
from payments.rules.orders import money_in

_DAYS = {"day": 1, "week": 7, "fortnight": 14}
_MONTHS = {"month": 1, "half_year": 6, "year": 12}
PERIODS = (*_DAYS, *_MONTHS)


def period_of(limit: dict[str, Any], starts_on: str, today: date) -> tuple[date, date]:
    """Return the first day of the period that `today` lies in, and the first day after it."""
    first = date.fromisoformat(starts_on)
    if limit["alignment"] == "calendar":
        begins = _calendar_begin(limit["period"], today)
        return begins, _later(begins, limit["period"], 1)
    number = _periods_between(first, today, limit["period"])
    return _later(first, limit["period"], number), _later(first, limit["period"], number + 1)


def limit_in(limit: dict[str, Any], starts_on: str, today: date) -> Money:
    """Return what may be paid in the period that `today` lies in: the first one by the days left of it.

    £300 a calendar month from 6 June: 25 of 30 days are left, so £250.00 in June, then £300.00. A part of a
    minor unit is dropped: never more than the customer saw.
    """
    whole, first = money_in(limit["amount"]), date.fromisoformat(starts_on)
    begins, ends = period_of(limit, starts_on, today)
    if first <= begins:
        return whole
    return Money(whole.minor * (ends - first).days // (ends - begins).days, whole.currency)


def first_limit(limit: dict[str, Any], starts_on: str) -> Money:
    """Return what may be paid in the first period."""
    return limit_in(limit, starts_on, date.fromisoformat(starts_on))


def _calendar_begin(period: str, today: date) -> date:
    if period == "day":
        return today
    if period == "week":
        return today - timedelta(days=today.weekday())
    month = (today.month - 1) // _MONTHS[period] * _MONTHS[period] + 1
    return today.replace(month=month, day=1)


def _periods_between(first: date, today: date, period: str) -> int:
    if period in _DAYS:
        return (today - first).days // _DAYS[period]
    months = (today.year - first.year) * 12 + today.month - first.month
    number = months // _MONTHS[period]
    return number if _later(first, period, number) <= today else number - 1


def _later(first: date, period: str, number: int) -> date:
    """Return the first day of the period so many after the one begun on `first` (31st: the last)."""
    if period in _DAYS:
        return first + timedelta(days=_DAYS[period] * number)
    months = first.month - 1 + _MONTHS[period] * number
    year, month = first.year + months // 12, months % 12 + 1
    return date(year, month, min(first.day, calendar.monthrange(year, month)[1]))
