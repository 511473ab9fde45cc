"""Encrypted model fields: the database keeps a box (boxes.py) that opens in its own row and column.

    data_key = DataKeyField()                              # the person's own key, wrapped by the master ring
    name = EncryptedTextField(key_from="data_key")         # sealed with it
    note = EncryptedTextField(key_from="customer.data_key")  # with that of a related row
    iban = EncryptedTextField()                            # with the bank's own key

django_cryptography is the field layer; its cipher, pickle and static key are replaced. A value opens when it
is first read, not when its row is loaded; `values()` gives the closed box. Sealing happens in `save()` and
`bulk_create()`, which know the row; `update()` and `bulk_update()` do not, and refuse.
"""

import datetime
import json
from typing import Any

from django.db import models
from django.db.models.query_utils import DeferredAttribute
from django_cryptography.fields import EncryptedMixin

from bank.crypto import boxes
from bank.crypto.data_keys import DataKey
from bank.crypto.errors import KeyDestroyed, PlaintextRefused
from bank.crypto.in_force import keys_for
from bank.observability.glass_box import acts


class Sealed:
    """A closed box on its way to or from the database."""

    __slots__ = ("box",)

    def __init__(self, box: bytes) -> None:
        self.box = box

    def __repr__(self) -> str:
        return "<sealed>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sealed) and other.box == self.box

    def __hash__(self) -> int:
        return hash(self.box)


class SealedAttribute(DeferredAttribute):
    """Opens the box when it is first read. (With `__set__` it stands before the instance's dictionary.)"""

    def __get__(self, instance: Any, cls: Any = None) -> Any:
        value = super().__get__(instance, cls)
        if isinstance(value, Sealed):
            value = instance.__dict__[self.field.attname] = self.field.open(value, instance)  # type: ignore[attr-defined]
        return value

    def __set__(self, instance: Any, value: Any) -> None:
        instance.__dict__[self.field.attname] = value


class SealedField(EncryptedMixin):
    """What all encrypted fields share. Subclasses say how a value becomes bytes and which keys seal it."""

    wasinstance = True
    descriptor_class = SealedAttribute

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self._fernet  # the mixin's own cipher, keyed by SECRET_KEY: nothing may reach for it

    def keys(self, instance: models.Model) -> boxes.Keys:
        """Return the keys that seal and open this field in this row."""
        raise NotImplementedError

    def to_content(self, value: Any) -> bytes:
        """Return the value as bytes to seal."""
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()

    def from_content(self, content: bytes) -> Any:
        """Return the value that `to_content` wrote."""
        return json.loads(content)

    def place(self, instance: models.Model) -> str:
        """Return where this value belongs: `app.Model.field:primary key`."""
        if instance.pk is None:
            raise PlaintextRefused(f"{self} needs its row's key before it can be sealed")
        return self.place_of(instance.pk)

    def place_of(self, key: Any) -> str:
        """Return the place of the row with this primary key, as Python or the database has it."""
        text = key if isinstance(key, str) else self.model._meta.pk.to_python(key)
        return f"{self.model._meta.label}.{self.name}:{text}"

    @acts(12, "a personal value sealed")
    def seal(self, value: Any, instance: models.Model) -> Sealed:
        """Return the value as a box for this row."""
        return Sealed(
            boxes.seal(self.to_content(value), keys=self.keys(instance), place=self.place(instance))
        )

    @acts(12, "a personal value unsealed")
    def open(self, sealed: Sealed, instance: models.Model) -> Any:
        """Return the value in the box; raises CannotOpen, KeyDestroyed."""
        return self.from_content(
            boxes.unseal(sealed.box, keys=self.keys(instance), place=self.place(instance))
        )

    def pre_save(self, model_instance: models.Model, add: bool) -> Sealed | None:
        value = model_instance.__dict__.get(self.attname)
        if isinstance(value, Sealed) and not add:
            return value  # never opened, so not changed
        value = getattr(model_instance, self.attname)
        return None if value is None else self.seal(value, model_instance)

    def get_prep_value(self, value: Any) -> Any:
        return value

    def _dump(self, value: Any) -> bytes:
        if not isinstance(value, Sealed):
            raise PlaintextRefused(f"{self} is written by save() or bulk_create(); nothing else seals it")
        return value.box

    def _load(self, value: bytes) -> Sealed:
        return Sealed(value)

    def value_to_string(self, obj: models.Model) -> str:
        raise PlaintextRefused(f"{self} does not leave the bank in a dump")

    def db_check(self, connection: Any) -> str:
        """The database's own rule: no bytes that do not begin as a box does."""
        column = connection.ops.quote_name(self.column)
        return f"substring({column} from 1 for 1) = '\\x{boxes.VERSION:02x}'::bytea"

    clone = models.Field.clone


class DataKeyField(SealedField, models.BinaryField):  # type: ignore[type-arg]
    """A person's data key, made with the row, wrapped by the master ring. Null once erased."""

    base_class = models.BinaryField
    purpose = "wrap/v1"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{**kwargs, "null": True, "default": DataKey.new, "editable": False})

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {k: v for k, v in kwargs.items() if k not in {"null", "default", "editable"}}

    def keys(self, instance: models.Model) -> boxes.Keys:
        return keys_for(self.purpose)

    def to_content(self, value: DataKey) -> bytes:
        return value.to_bytes()

    def from_content(self, content: bytes) -> DataKey:
        return DataKey.from_bytes(content)


class KeyedField(SealedField):
    """An encrypted field under a person's data key (`key_from`), or under the bank's own."""

    purpose = "field/v1"  # of the bank's own

    def __init__(self, *args: Any, key_from: str | None = None, **kwargs: Any) -> None:
        self.key_from = key_from
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, **({"key_from": self.key_from} if self.key_from else {})}

    def keys(self, instance: models.Model) -> boxes.Keys:
        if not self.key_from:
            return keys_for(self.purpose)
        holder: Any = instance
        for step in self.key_from.split("."):
            holder = getattr(holder, step)
        if holder is None:
            raise KeyDestroyed(f"{self}: the data key was destroyed")
        key: DataKey = holder
        return key


class EncryptedTextField(KeyedField, models.TextField):  # type: ignore[type-arg]
    """Text, sealed."""

    base_class = models.TextField


class EncryptedDateField(KeyedField, models.DateField):  # type: ignore[type-arg]
    """A date, sealed."""

    base_class = models.DateField

    def to_content(self, value: datetime.date) -> bytes:
        return value.isoformat().encode()

    def from_content(self, content: bytes) -> datetime.date:
        return datetime.date.fromisoformat(content.decode())
