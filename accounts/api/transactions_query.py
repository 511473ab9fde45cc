"""Which transactions an app asks for: what stands in the address, as a filter on one account."""

from typing import Any

from accounts.money import InvalidAmount, Money
from accounts.queries import TransactionFilter
from bank import clock
from bank.errors import FieldError
from bank.wire.errors import InvalidQuery
from bank.wire.pages import PageQuery
from bank.wire.serializers import (
    AmountField,
    StrictCharField,
    StrictChoiceField,
    StrictDateField,
    StrictDateTimeField,
)


class DayOrMomentField(StrictDateTimeField):
    """A moment, or a day in UTC: its beginning, or its end where `ends_day`."""

    def __init__(self, *, ends_day: bool = False, **kwargs: Any) -> None:
        self.ends_day = ends_day
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> Any:
        """Return the moment in UTC; raises ValidationError."""
        if isinstance(data, str) and len(data) == len("2026-11-24"):
            day = StrictDateField().to_internal_value(data)
            return clock.ends(day) if self.ends_day else clock.begins(day)
        return super().to_internal_value(data)


class TransactionsQuery(PageQuery):
    """Which transactions: from a moment on, before another, by direction, amount and words."""

    status = StrictChoiceField(choices=["BOOK", "PDNG"], default="BOOK")
    direction = StrictChoiceField(choices=["CRDT", "DBIT"], required=False)
    min = AmountField(required=False)
    max = AmountField(required=False)
    q = StrictCharField(required=False, max_length=70)

    def get_fields(self) -> dict[str, Any]:
        """Add `from`, a word Python keeps for itself, and `to`."""
        moments = {
            "from": DayOrMomentField(required=False, help_text="A moment or a day, inclusive"),
            "to": DayOrMomentField(
                required=False, ends_day=True, help_text="A day inclusive, a moment exclusive"
            ),
        }
        return {**moments, **super().get_fields()}


def filter_of(asked: dict[str, Any], currency: str) -> TransactionFilter:
    """Return the query as a filter on an account in this currency; raises InvalidQuery."""
    wanted = TransactionFilter(
        since=asked.get("from"),
        before=asked.get("to"),
        direction=asked.get("direction"),
        min_minor=_minor(asked, "min", currency),
        max_minor=_minor(asked, "max", currency),
        words=asked.get("q"),
    )
    _check_that_something_could_be_within(wanted)
    return wanted


def _check_that_something_could_be_within(wanted: TransactionFilter) -> None:
    since, before, least, most = wanted.since, wanted.before, wanted.min_minor, wanted.max_minor
    if since is not None and before is not None and before <= since:
        raise _wrong("to", "before_from", "this ends before from begins")
    if least is not None and most is not None and most < least:
        raise _wrong("max", "less_than_min", "this is less than min")


def _minor(asked: dict[str, Any], name: str, currency: str) -> int | None:
    if name not in asked:
        return None
    try:
        return Money.parse(asked[name], currency).minor
    except InvalidAmount as error:
        raise _wrong(name, "invalid_amount", error.detail) from error


def _wrong(name: str, code: str, detail: str) -> InvalidQuery:
    return InvalidQuery(errors=[FieldError(f"?{name}", code, detail)])
