"""Public ids such as `acc_01jz3k…`: a prefix that names the thing and a UUIDv7 in Crockford's base 32.

The form is TypeID 0.3. PostgreSQL stores the bare uuid; Python and the wire see the text, so an id of one
kind can never be taken for an id of another. UUIDv7 (RFC 9562) keeps inserts at the end of the index.
"""

import os
import re
import time
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import models

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
# Ten bits and fifteen bits as they are written: a look-up for each digit costs four times as much.
_TWO = [a + b for a in _ALPHABET for b in _ALPHABET]
_THREE = [two + c for two in _TWO for c in _ALPHABET]
_PYTHONS = str.maketrans(_ALPHABET, "0123456789abcdefghijklmnopqrstuv")  # the digits that int() knows
_RANDOM_BITS = ~(0xF << 76 | 0x3 << 62) & (1 << 80) - 1  # all but the version and the variant
_DIGITS = 26
_SUFFIX = re.compile(r"[0-7][0-9a-hjkmnp-tv-z]{25}", re.ASCII)


def uuid7() -> UUID:
    """Return a new UUIDv7: milliseconds of UTC, then 74 random bits (RFC 9562, 5.7)."""
    milliseconds = time.time_ns() // 1_000_000
    value = (milliseconds << 80) | int.from_bytes(os.urandom(10))
    value = value & ~(0xF << 76) | (0x7 << 76)
    value = value & ~(0x3 << 62) | (0x2 << 62)
    return UUID(int=value)


def uuid7s(count: int) -> list[UUID]:
    """Return so many new UUIDv7 of one millisecond."""
    return [UUID(int=number) for number in uuid7_numbers(count)]


def uuid7_numbers(count: int) -> list[int]:
    """Return so many new UUIDv7 of one millisecond, as whole numbers."""
    fixed = (time.time_ns() // 1_000_000) << 80 | 0x7 << 76 | 0x2 << 62
    random = os.urandom(10 * count)
    return [fixed | int.from_bytes(random[at : at + 10]) & _RANDOM_BITS for at in range(0, 10 * count, 10)]


def encode(prefix: str, value: UUID) -> str:
    """Return the public id of a uuid."""
    n = value.int
    return (
        f"{prefix}_{_TWO[n >> 120]}{_THREE[n >> 105 & 32767]}{_THREE[n >> 90 & 32767]}"
        f"{_THREE[n >> 75 & 32767]}{_THREE[n >> 60 & 32767]}{_THREE[n >> 45 & 32767]}"
        f"{_THREE[n >> 30 & 32767]}{_THREE[n >> 15 & 32767]}{_THREE[n & 32767]}"
    )


def decode(prefix: str, text: str) -> UUID:
    """Return the uuid behind a public id; raises ValueError when it is not one of this prefix."""
    return UUID(int=decode_number(prefix, text))


def decode_number(prefix: str, text: str) -> int:
    """Return what `decode` does as a whole number: of thousands, making an object of each costs more."""
    if not is_id(prefix, text):
        raise ValueError(f"not an id of the form {prefix}_…")
    return int(text[-_DIGITS:].translate(_PYTHONS), 32)


def is_id(prefix: str, text: str) -> bool:
    """Return whether a text is a public id of this prefix."""
    head, _, suffix = text.rpartition("_")
    return head == prefix and _SUFFIX.fullmatch(suffix) is not None


def new(prefix: str) -> str:
    """Return a new public id."""
    return encode(prefix, uuid7())


def made_at(prefix: str, text: str) -> datetime:
    """Return when a public id was made, to the millisecond, in real time; raises ValueError as `decode`."""
    return datetime.fromtimestamp((decode(prefix, text).int >> 80) / 1000, UTC)


def least_made_at(seconds: float) -> UUID:
    """Return the least uuid of a moment in seconds since 1970: no id made then or later is below it."""
    return UUID(int=int(seconds * 1000) << 80)


class PublicIdField(models.Field):  # type: ignore[type-arg]
    """A uuid column whose Python value is the public id. As a primary key it makes its own default."""

    def __init__(self, *args: Any, prefix: str, **kwargs: Any) -> None:
        self.prefix = prefix
        kwargs.setdefault("editable", False)
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "prefix": self.prefix}

    def get_internal_type(self) -> str:
        return "UUIDField"

    def db_type(self, connection: Any) -> str:
        return "uuid"

    def rel_db_type(self, connection: Any) -> str:
        return "uuid"

    def has_default(self) -> bool:
        return self.primary_key or super().has_default()

    def get_default(self) -> Any:
        return new(self.prefix) if self.primary_key else super().get_default()

    def from_db_value(self, value: UUID | None, *_: Any) -> str | None:
        return None if value is None else encode(self.prefix, value)

    def get_prep_value(self, value: Any) -> UUID | None:
        if value is None or isinstance(value, UUID):
            return value
        return decode(self.prefix, str(value))

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        return value if prepared else self.get_prep_value(value)

    def to_python(self, value: Any) -> str | None:
        if isinstance(value, UUID):
            return encode(self.prefix, value)
        try:
            return None if value is None else encode(self.prefix, decode(self.prefix, str(value)))
        except ValueError as error:
            raise ValidationError(str(error)) from error
