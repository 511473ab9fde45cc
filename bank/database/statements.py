"""Statements composed once, for the few paths where Django composes the same one for every request.

Composing a join costs Django several times what PostgreSQL needs to answer it. Here the text is made from the
models' own fields the first time, and rows become the same model instances as ever.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.db import connection
from django.db.models import (
    BigIntegerField,
    BooleanField,
    CharField,
    DateTimeField,
    IntegerField,
    Model,
    TextField,
)
from django.db.models.base import ModelState
from django.db.models.expressions import DatabaseDefault

from bank.database import asking

Row = TypeVar("Row", bound=Model)
# A subclass may have a form of its own in the database.
_PLAIN = frozenset({CharField, TextField, BooleanField, IntegerField, BigIntegerField, DateTimeField})


@dataclass(frozen=True)
class Part:
    """One table of a join: its model, its alias, which columns are read (all by default).

    `relation` is the foreign key of the first part that leads here. A column that is not read is fetched when
    somebody asks for it.
    """

    model: type[Model]
    alias: str
    relation: str = ""
    names: frozenset[str] = frozenset()

    @cached_property
    def fields(self) -> list[Any]:
        """The model's fields in its own order, which `Model.from_db` relies on."""
        return [f for f in self.model._meta.concrete_fields if not self.names or f.attname in self.names]

    @cached_property
    def names_read(self) -> list[str]:
        """The attributes that the columns fill, in their order."""
        return [field.attname for field in self.fields]

    @cached_property
    def has_its_own_way(self) -> bool:
        """Whether the model says itself how a row is made."""
        return self.model.from_db.__func__ is not Model.from_db.__func__  # type: ignore[attr-defined]

    @cached_property
    def readers(self) -> list[tuple[str, Any]]:
        """Which attributes have to be made of their column, and how."""
        made = ((field.attname, _converter(field)) for field in self.fields)
        return [(name, convert) for name, convert in made if convert]


@dataclass(frozen=True)
class Select(Generic[Row]):
    """A SELECT of joined models. `rest` is everything after the columns: FROM, WHERE, FOR UPDATE."""

    parts: Sequence[Part]
    rest: str
    also: str = ""  # one more value, which is of no row

    def first_with(self, parameters: Sequence[str | int | UUID]) -> tuple[Row, Any] | None:
        """Return the first row with its relations attached and what is asked `also`, or None."""
        found = asking.fetch_one(self.sql, parameters)
        return None if found is None else (self._assembled(found), found[-1])

    def first(self, parameters: Sequence[str | int | UUID] | Mapping[str, Any]) -> Row | None:
        """Return the first row with its relations attached, or None."""
        found = asking.fetch_one(self.sql, parameters)
        return None if found is None else self._assembled(found)

    def all(self, parameters: Sequence[str | int | UUID] | Mapping[str, Any]) -> list[Row]:
        """Return every row with its relations attached."""
        return [self._assembled(found) for found in asking.fetch_all(self.sql, parameters)]

    @cached_property
    def sql(self) -> str:
        """The statement's text."""
        columns = ", ".join(f'{part.alias}."{f.column}"' for part in self.parts for f in part.fields)
        return f"SELECT {columns}{self.also and f', {self.also}'} {self.rest}"

    def _assembled(self, row: Sequence[Any]) -> Row:
        start, made = 0, []
        for part in self.parts:
            values = row[start : start + len(part.fields)]
            made.append(_instance(part, values))
            start += len(values)
        for part, instance in zip(self.parts[1:], made[1:], strict=True):
            made[0]._state.fields_cache[part.relation] = instance
        return made[0]  # type: ignore[no-any-return]


@dataclass(frozen=True, slots=True)
class Write:
    """A statement that writes, its values, and by which name the ones after it may ask what it returned."""

    statement: str
    values: Sequence[Any]
    name: str = ""


def write_together(writes: Sequence[Write]) -> None:
    """Write everything by one statement, in one round trip: all of it or nothing.

    None of them sees what another wrote, but for what that one returns by its name.
    """
    *before, last = writes
    named = [f"{write.name or f'write_{place}'} AS ({write.statement})" for place, write in enumerate(before)]
    statement = f"WITH {', '.join(named)} {last.statement}" if named else last.statement
    asking.execute(statement, [value for write in writes for value in write.values])


def insertion(row: Model, *, name: str = "", **expressions: str) -> Write:
    """Return the INSERT of a new row, to be written together with others.

    What the database fills in is not read back. A column among `expressions` gets what that SQL says.
    """
    fields = type(row)._meta.concrete_fields
    left_out = tuple(f.attname for f in fields if _is_left_to_the_database(getattr(row, f.attname), f))
    statement, given, _ = _insertion(type(row), left_out, tuple(expressions.items()))
    row._state.adding, row._state.db = False, connection.alias
    return Write(statement, _values(row, given), name)


def insert(row: Model) -> None:
    """Insert a new row as `save(force_insert=True)` does; what the database fills in is read back."""
    fields = type(row)._meta.concrete_fields
    left_out = tuple(f.attname for f in fields if _is_left_to_the_database(getattr(row, f.attname), f))
    statement, given, returned = _insertion(type(row), left_out)
    values = _values(row, given)
    filled = asking.fetch_one(statement, values) if returned else asking.execute(statement, values)
    for field, value in zip(returned, filled if isinstance(filled, tuple) else (), strict=True):
        convert = _converter(field)
        setattr(row, field.attname, convert(value, None, connection) if convert else value)
    row._state.adding, row._state.db = False, connection.alias


def _is_left_to_the_database(value: object, field: Any) -> bool:
    return isinstance(value, DatabaseDefault) or (value is None and field.primary_key)


def _values(row: Model, given: Sequence[tuple[str, Any]]) -> list[Any]:
    """Return what each column is given; a field that has something to say about it is asked."""
    held = vars(row)
    return [
        field.get_db_prep_save(field.pre_save(row, add=True), connection) if field else held[name]
        for name, field in given
    ]


@cache
def _insertion(
    model: type[Model], left_out: tuple[str, ...], expressions: tuple[tuple[str, str], ...] = ()
) -> tuple[str, list[tuple[str, Any]], list[Any]]:
    """Return the INSERT, what it is given in its order (each with the field to ask), and what it returns."""
    said = dict(expressions)
    given = [field for field in model._meta.concrete_fields if field.attname not in left_out]
    returned = [field for field in model._meta.concrete_fields if field.attname in left_out]
    columns, marks = _names(given), ", ".join(said.get(field.attname, "%s") for field in given)
    returning = f" RETURNING {_names(returned)}" if returned else ""
    statement = f'INSERT INTO "{model._meta.db_table}" ({columns}) VALUES ({marks}){returning}'  # noqa: S608 - our own names
    asked = [(f.attname, None if _is_plain(f) else f) for f in given if f.attname not in said]
    return statement, asked, returned


def _is_plain(field: Any) -> bool:
    """Return whether Django hands a field's values over to psycopg unchanged."""
    return (
        type(field) in _PLAIN
        and not getattr(field, "auto_now", False)
        and not getattr(field, "auto_now_add", False)
    )


def _names(fields: Sequence[Any]) -> str:
    return ", ".join(f'"{field.column}"' for field in fields)


def _instance(part: Part, values: Sequence[Any]) -> Any:
    """Make what `Model.from_db` would, without asking each field anew; nobody listens to `post_init` here.

    A model with a `from_db` of its own is made by that: it has something to say about its rows.
    """
    if part.has_its_own_way:
        read = dict(zip(part.names_read, values, strict=True))
        read |= {name: convert(read[name], None, connection) for name, convert in part.readers}
        return part.model.from_db("default", list(read), list(read.values()))
    made = part.model.__new__(part.model)
    attributes = vars(made)
    attributes.update(zip(part.names_read, values, strict=True))
    for name, convert in part.readers:
        attributes[name] = convert(attributes[name], None, connection)
    made._state = ModelState()
    made._state.adding, made._state.db = False, "default"
    return made


def _converter(field: Any) -> Any:
    return getattr(field.target_field if field.is_relation else field, "from_db_value", None)
