"""Every place where something lies under a master key: counted by key, and moved to the active one.

Encrypted fields and blind indexes are found by themselves. A room that seals by hand registers its column:

    places.register(BoxColumn("oauth.SignedMessage.box", purpose="signed-message/v1", …))  # in ready()

A row is moved by compare and swap in a short transaction, and rows somebody else holds are left for the next
round: payments go on meanwhile. Interrupted anywhere, the next run goes on, for the rows themselves say where
it stands.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from django.apps import apps
from django.db import connection, connections, transaction
from django.db.models import BinaryField
from django.db.models.functions import Substr

from bank.crypto import boxes, in_force
from bank.crypto.blind_index import BlindIndexField, digest, mark_of
from bank.crypto.errors import CannotOpen
from bank.crypto.fields import DataKeyField, KeyedField


class Place(Protocol):
    """Somewhere master keys are used."""

    @property
    def name(self) -> str:
        """What people call it: `app.Model.field`."""

    @property
    def purpose(self) -> str:
        """What the keys are derived for."""

    @property
    def expires(self) -> bool:
        """Whether rows are soon gone by themselves, and are not moved."""

    @property
    def read_by(self) -> str:
        """The database login that may read there while the bank serves people."""

    def counts(self, *, using: str = "default") -> dict[str, int]:
        """Return how many rows there are under each key id, asked by a database login."""

    def reseal(self, *, at_most: int) -> int:
        """Move so many rows to the active key, in one transaction, and return how many it were."""


_REGISTERED: dict[str, Place] = {}


def register(place: Place) -> None:
    """Add a place whose boxes no field declares."""
    _REGISTERED[place.name] = place


def places() -> list[Place]:
    """Return every place, by name."""
    return sorted([*_fields(), *_REGISTERED.values()], key=lambda place: place.name)


_UPDATE = "UPDATE {table} SET {column} = %(new)s WHERE {key} = %(key)s AND {column} = %(old)s"


@dataclass(frozen=True)
class BoxColumn:
    """A column of boxes (boxes.py) under the master ring, and the place each is bound to by its row's key.

    `write` puts a new box in place of the old one if that is still there. Where a row `expires` soon it is
    counted only, and waited for.
    """

    name: str
    purpose: str
    table: str
    column: str
    key: str
    place_of: Callable[[Any], str]
    write: str = _UPDATE
    expires: bool = False
    read_by: str = "default"

    def counts(self, *, using: str = "default") -> dict[str, int]:
        """Return how many boxes there are under each key of the ring; other keys are people's own."""
        with connections[using].cursor() as cursor:
            cursor.execute(self._sql(_COUNT), [_ids(in_force.ring().keys)])
            return {bytes(key).decode(): n for key, n in cursor.fetchall()}

    def reseal(self, *, at_most: int) -> int:
        """Open boxes of other keys and seal them under the active one."""
        ring = in_force.ring(at_once=True)
        stale = _ids(key for key in ring.keys if key != ring.active_id)
        if self.expires or not stale:
            return 0
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(self._sql(_STALE), [stale, at_most])
            moved = [self._moved(key, bytes(box)) for key, box in cursor.fetchall()]
            cursor.executemany(self._sql(self.write), moved)
        return len(moved)

    def _moved(self, key: Any, box: bytes) -> dict[str, Any]:
        keys, place = in_force.keys_for(self.purpose), self.place_of(key)
        with _naming_the_row(self, key):
            content = boxes.unseal(box, keys=keys, place=place)
        return {"key": key, "old": box, "new": boxes.seal(content, keys=keys, place=place)}

    def _sql(self, statement: str) -> str:
        return statement.format(table=self.table, column=self.column, key=self.key)


def rows_by_key(*, serving: bool = False) -> dict[str, int]:
    """Return how many rows lie under each key of the ring; `serving`: by the logins of the web."""
    found: dict[str, int] = {}
    for place in places():
        for key_id, count in place.counts(using=place.read_by if serving else "default").items():
            found[key_id] = found.get(key_id, 0) + count
    return found


@dataclass(frozen=True)
class IndexColumn:
    """A blind index: computed anew from the field it is the index of."""

    field: BlindIndexField
    purpose: str = "blind-index/v1"
    expires: bool = False
    read_by: str = "default"

    @property
    def name(self) -> str:
        """What people call it."""
        return f"{self.field.model._meta.label}.{self.field.name}"

    def counts(self, *, using: str = "default") -> dict[str, int]:
        """Return how many rows there are under each key of the ring."""
        found = {mark_of(key_id): key_id for key_id in in_force.ring().keys}
        column, table = self.field.column, self.field.model._meta.db_table
        with connections[using].cursor() as cursor:
            cursor.execute(
                f'SELECT substring("{column}" from 1 for 3), count(*) FROM "{table}"'  # noqa: S608 - our names
                f' WHERE "{column}" IS NOT NULL GROUP BY 1'
            )
            return {found[bytes(mark)]: n for mark, n in cursor.fetchall() if bytes(mark) in found}

    def reseal(self, *, at_most: int) -> int:
        """Compute indexes of other keys anew."""
        with transaction.atomic():
            rows = list(self._stale()[:at_most])
            for row in rows:
                with _naming_the_row(self, row.pk):
                    text = self.field.normalise(getattr(row, self.field.of))
                self._rows().filter(pk=row.pk).update(
                    **{self.field.name: digest(text, place=self.field.place)}
                )
        return len(rows)

    def _stale(self) -> Any:
        mark = mark_of(in_force.ring(at_once=True).active_id)
        of: Any = self.field.model._meta.get_field(self.field.of)
        holders = (of.key_from or "").split(".")[:-1]
        rows = self._rows().select_related(*(["__".join(holders)] if holders else []))
        marked = rows.annotate(mark=Substr(self.field.name, 1, len(mark), output_field=BinaryField()))
        stale = marked.filter(mark__isnull=False).exclude(mark=mark)
        return stale.order_by("pk").select_for_update(skip_locked=True, of=("self",), no_key=True)

    def _rows(self) -> Any:
        return self.field.model._base_manager.all()


_COUNT = (
    "SELECT substring({column} from 3 for get_byte({column}, 1)) AS key_id, count(*) FROM {table}"
    " WHERE {column} IS NOT NULL AND substring({column} from 3 for get_byte({column}, 1)) = ANY (%s)"
    " GROUP BY key_id"
)
_STALE = (
    "SELECT {key}, {column} FROM {table}"
    " WHERE {column} IS NOT NULL AND substring({column} from 3 for get_byte({column}, 1)) = ANY (%s)"
    " ORDER BY {key} LIMIT %s FOR NO KEY UPDATE SKIP LOCKED"
)


@contextmanager
def _naming_the_row(place: Place, key: object) -> Iterator[None]:
    """Say of what cannot be opened where it lies: somebody has to look at that row."""
    try:
        yield
    except CannotOpen as error:
        raise CannotOpen(f"{place.name} of the row {key}: {error}") from error


def _ids(keys: Iterable[str]) -> list[bytes]:
    return [key.encode() for key in keys]


def _fields() -> Iterator[Place]:
    """Yield the columns of all models: data keys, fields under the bank's own key, blind indexes."""
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if isinstance(field, BlindIndexField):
                yield IndexColumn(field)
            elif isinstance(field, DataKeyField) or (isinstance(field, KeyedField) and not field.key_from):
                yield _column_of(field)


def _column_of(field: Any) -> BoxColumn:
    meta = field.model._meta
    return BoxColumn(
        name=f"{meta.label}.{field.name}",
        purpose=field.purpose,
        table=f'"{meta.db_table}"',
        column=f'"{field.column}"',
        key=f'"{meta.pk.column}"',
        place_of=field.place_of,
    )
