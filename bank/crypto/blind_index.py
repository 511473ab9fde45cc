"""Exact search over an encrypted field: a keyed digest beside it that says "the same", and nothing else.

    email = EncryptedTextField(key_from="data_key")
    email_index = BlindIndexField(of="email")

    Customer.objects.filter(email_index="Alice@example.com")

The key is the field's own (HKDF), so equal values in two columns do not look alike. Not for values one can
try out (a birthday, a yes or no). The digest begins with a format version and a mark of its master key, so
that old and new rows are found side by side while keys rotate.
"""

import hashlib
import hmac
import unicodedata
from collections.abc import Callable
from typing import Any

from django.db import models
from django.db.models.lookups import Lookup
from django.db.models.signals import pre_save

from bank.crypto import in_force
from bank.crypto.errors import PlaintextRefused
from bank.crypto.fields import Sealed

VERSION = 1
_DIGEST_BYTES = 16


def plain_words(text: str) -> str:
    """Return text as people compare it: compatible forms joined, case and outer spaces gone."""
    return unicodedata.normalize("NFKC", text).casefold().strip()


def compact(text: str) -> str:
    """Return an identifier such as an IBAN without its spaces, in capitals."""
    return "".join(text.split()).upper()


def digest(text: str, *, place: str, key_id: str | None = None) -> bytes:
    """Return the index of an (already normalised) text at a place such as `accounts.Customer.email`."""
    ring = in_force.ring()
    key_id = key_id or ring.active_id
    code = hmac.digest(ring.derive(key_id, f"blind-index/v1/{place}"), text.encode(), "sha256")[
        :_DIGEST_BYTES
    ]
    return mark_of(key_id) + code


def mark_of(key_id: str) -> bytes:
    """Return what an index begins with: the version, and two bytes that stand for its master key."""
    return bytes((VERSION,)) + hashlib.sha256(key_id.encode()).digest()[:2]


def candidates(text: str, *, place: str) -> list[bytes]:
    """Return the index of a text under each key of the ring."""
    return [digest(text, place=place, key_id=key_id) for key_id in in_force.ring().keys]


class BlindIndexField(models.BinaryField):  # type: ignore[type-arg]
    """The blind index of the encrypted field `of`, kept by itself. Null when that is null."""

    def __init__(self, *, of: str, normalise: Callable[[str], str] = plain_words, **kwargs: Any) -> None:
        self.of = of
        self.normalise = normalise
        super().__init__(**{"null": True, **kwargs, "editable": False})

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("editable", None)
        return name, path, args, {**kwargs, "of": self.of, "normalise": self.normalise}

    def contribute_to_class(self, cls: Any, name: str, private_only: bool = False) -> None:
        super().contribute_to_class(cls, name, private_only)
        pre_save.connect(self._refuse_half_a_save, sender=cls, dispatch_uid=f"{cls._meta.label}.{name}")

    @property
    def place(self) -> str:
        """What the key is derived for: the indexed field."""
        return f"{self.model._meta.label}.{self.of}"

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        source = model_instance.__dict__.get(self.of)
        if isinstance(source, Sealed) or self.of not in model_instance.__dict__:
            return getattr(model_instance, self.attname)  # not read, so not changed
        value = None if source is None else digest(self.normalise(source), place=self.place)
        setattr(model_instance, self.attname, value)
        return value

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        if isinstance(value, str):
            raise PlaintextRefused(f"{self} is computed in save(); text is not written to it")
        return super().get_db_prep_value(value, connection, prepared)

    def _refuse_half_a_save(self, *, update_fields: Any = None, **_: Any) -> None:
        if update_fields and self.of in update_fields and self.name not in update_fields:
            raise PlaintextRefused(f"save {self.name} together with {self.of}, or the index would be stale")


@BlindIndexField.register_lookup
class SameText(Lookup[Any]):
    """`index="text"`: equal to the text's digest under any key of the ring. Bytes are compared as such."""

    lookup_name = "exact"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        column, params = self.process_lhs(compiler, connection)
        field: BlindIndexField = self.lhs.output_field
        text_given = isinstance(self.rhs, str)
        found = candidates(field.normalise(self.rhs), place=field.place) if text_given else [self.rhs]
        marks = ", ".join(["%s"] * len(found))
        return f"{column} IN ({marks})", (*params, *found)
