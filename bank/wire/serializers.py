"""Serializers that believe nothing: unknown fields refused, types exact, text neither trimmed nor coerced."""

import datetime as dt
import re
from functools import cache
from typing import Any, ClassVar

from rest_framework import serializers

from bank.errors import FieldError
from bank.observability.glass_box import acts
from bank.privacy.card_numbers import WORDS, holds_card_number
from bank.public_ids import decode
from bank.wire.errors import InvalidRequest
from bank.wire.parsers import HOSTILE_TEXT, escape
from bank.wire.pointers import field_errors

AMOUNT = re.compile(r"(0|[1-9][0-9]{0,12})(\.[0-9]{1,4})?", re.ASCII)
CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)
DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
DATE_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})", re.ASCII
)


@cache
def reader_of(form: type[serializers.Serializer[Any]]) -> serializers.Serializer[Any]:
    """Return the one instance that validates for all requests: it keeps nothing of what it reads.

    DRF copies every field for each new serializer, which costs more than the validation.
    """
    return form()


class StrictSerializer(serializers.Serializer[Any]):
    """A serializer that refuses fields it does not know."""

    default_error_messages = {
        "unknown": "This field is not known here.",
        "wrong_type": "This must be an object.",
    }

    def to_internal_value(self, data: Any) -> Any:
        """Return the validated values; raises ValidationError with one entry per wrong field."""
        if not isinstance(data, dict):
            self.fail("wrong_type")
        unknown = [name for name in data if name not in self.fields]
        if unknown:
            message = self.error_messages["unknown"]
            raise serializers.ValidationError({name: [message] for name in unknown}, code="unknown")
        return super().to_internal_value(data)

    @classmethod
    @acts(5, "body held against its allow-list")
    def read(cls, request: Any) -> dict[str, Any]:
        """Return the validated body of a request; raises InvalidRequest with pointers."""
        try:
            return dict(reader_of(cls).run_validation(request.data))
        except serializers.ValidationError as error:
            raise InvalidRequest(errors=field_errors(error.detail)) from error


class StrictCharField(serializers.CharField):
    """Text exactly as sent: a JSON string, nothing trimmed or invisible, no card number in it."""

    is_free = True  # whether people write what they like; a form that is exact needs no further look
    default_error_messages = {
        "card_number": WORDS,
        "wrong_type": "This must be text.",
        "forbidden_character": "Control and invisible characters are refused.",
        "space_at_end": "Remove the space at the beginning or end.",
    }

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 140)
        super().__init__(trim_whitespace=False, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        """Return the text; raises ValidationError."""
        if not isinstance(data, str):
            self.fail("wrong_type")
        if HOSTILE_TEXT.search(data):
            self.fail("forbidden_character")
        if data != data.strip():
            self.fail("space_at_end")
        if self.is_free and holds_card_number(data):
            self.fail("card_number")
        return data


class PatternField(StrictCharField):
    """Text of one exact form, in ASCII."""

    is_free = False
    pattern: re.Pattern[str] = re.compile("")
    default_error_messages = {"pattern": "This is not of the form expected here."}

    def to_internal_value(self, data: Any) -> Any:
        """Return the text; raises ValidationError."""
        text = super().to_internal_value(data)
        if not self.pattern.fullmatch(text):
            self.fail("pattern")
        return text


class AmountField(PatternField):
    """Digits with an optional point, such as 10.00; never a JSON number (floats lose pence)."""

    pattern = AMOUNT
    default_error_messages = {"wrong_type": 'Write the amount as text, such as "10.00".'}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=18, **kwargs)


class CurrencyField(PatternField):
    """An ISO 4217 code in capitals."""

    pattern = CURRENCY

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=3, **kwargs)


class AmountSerializer(StrictSerializer):
    """An amount and its currency; whether the currency has that many decimals, Money decides."""

    amount = AmountField()
    currency = CurrencyField()


class PublicIdField(StrictCharField):
    """A public id of one kind, such as acc_…; another kind or form is refused."""

    is_free = False
    default_error_messages = {"not_an_id": "This is not an id of the kind expected here."}

    def __init__(self, *, prefix: str, **kwargs: Any) -> None:
        self.prefix = prefix
        super().__init__(max_length=64, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        """Return the id; raises ValidationError."""
        text = super().to_internal_value(data)
        try:
            decode(self.prefix, text)
        except ValueError:
            self.fail("not_an_id")
        return text


class StrictChoiceField(serializers.ChoiceField):
    """One of a few words, exactly."""

    default_error_messages: ClassVar = {"invalid_choice": "This is not one of the words known here."}

    def to_internal_value(self, data: Any) -> Any:
        """Return the word; raises ValidationError."""
        if not isinstance(data, str) or data not in self.choices:
            self.fail("invalid_choice")
        return data


class StrictBooleanField(serializers.BooleanField):
    """true or false; not "true", not 1, and missing is not false."""

    def to_internal_value(self, data: Any) -> bool:
        """Return the boolean; raises ValidationError."""
        if not isinstance(data, bool):
            self.fail("invalid", input="this")
        return data


class StrictIntegerField(serializers.IntegerField):
    """A JSON integer; not text, not 1.0, not true."""

    def to_internal_value(self, data: Any) -> int:
        """Return the integer; raises ValidationError."""
        if type(data) is not int:
            self.fail("invalid")
        return data


class QueryIntegerField(serializers.IntegerField):
    """An integer in a query string: ASCII digits only."""

    def to_internal_value(self, data: Any) -> int:
        """Return the integer; raises ValidationError."""
        if not isinstance(data, str) or not re.fullmatch(r"0|[1-9][0-9]{0,8}", data, re.ASCII):
            self.fail("invalid")
        return int(data)


class ParsedField(PatternField):
    """Text of one exact form that becomes something else than text."""

    def run_validators(self, value: Any) -> None:
        """Skip the validators of text: the form was exact, and what they would measure is no text."""


class StrictDateField(ParsedField):
    """A date as RFC 3339 writes it: 2026-11-24."""

    pattern = DATE

    def to_internal_value(self, data: Any) -> Any:
        """Return the date; raises ValidationError."""
        text = super().to_internal_value(data)
        try:
            return dt.date.fromisoformat(text)
        except ValueError:
            self.fail("pattern")


class StrictDateTimeField(ParsedField):
    """A moment as RFC 3339 writes it, always with its offset: 2026-11-24T09:00:00Z."""

    pattern = DATE_TIME

    def to_internal_value(self, data: Any) -> Any:
        """Return the moment in UTC; raises ValidationError."""
        text = super().to_internal_value(data)
        try:
            return dt.datetime.fromisoformat(text).astimezone(dt.UTC)
        except (ValueError, OverflowError):
            self.fail("pattern")


def refuse_field(name: str, code: str, detail: str) -> InvalidRequest:
    """Return the error for one field a view found wrong after its serializer did not."""
    return InvalidRequest(errors=[FieldError(f"/{escape(name)}", code, detail)])
