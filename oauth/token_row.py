"""The one query of every API request: an access token with its consent, app and login.

Written once as SQL, because Django spends more time composing this join than PostgreSQL spends answering it.
Only the columns the check and the Actor need are read; any other is fetched when somebody asks for it.
"""

from functools import cache
from typing import Any

from django.db import connection
from django.db.models import Model

from oauth.models import AccessToken, Client, Consent, User

_READ: tuple[tuple[type[Model], str, frozenset[str]], ...] = (
    (
        AccessToken,
        "t",
        frozenset({"id", "token_checksum", "expires", "scope", "cnf", "created"})
        | {"consent_id", "application_id", "user_id"},
    ),
    (Consent, "c", frozenset({"id", "kind", "status", "permissions", "expires_at", "acr", "auth_time"})),
    (Client, "a", frozenset({"id", "client_id", "is_active", "first_party"})),
    (User, "u", frozenset({"id", "username", "roles", "is_active"})),
)
_RELATIONS = ("consent", "application", "user")


def find(checksum: str) -> AccessToken | None:
    """Return the access token with this checksum, its consent, app and login attached."""
    with connection.cursor() as cursor:
        cursor.execute(_sql(), [checksum])
        row = cursor.fetchone()
    return None if row is None else _assembled(row)


@cache
def _sql() -> str:
    columns = [
        f'{alias}."{field.column}"' for model, alias, names in _READ for field in _fields(model, names)
    ]
    tables = {alias: model._meta.db_table for model, alias, _ in _READ}
    return (
        f'SELECT {", ".join(columns)} FROM "{tables["t"]}" t '  # noqa: S608 - made of our own models' names
        f'JOIN "{tables["c"]}" c ON c.id = t.consent_id '
        f'JOIN "{tables["a"]}" a ON a.id = t.application_id '
        f'JOIN "{tables["u"]}" u ON u.id = t.user_id '
        "WHERE t.token_checksum = %s"
    )


def _assembled(row: tuple[Any, ...]) -> AccessToken:
    made: list[Any] = []
    start = 0
    for model, names, converters in _readers():
        values = [
            convert(value, None, connection) if convert else value
            for convert, value in zip(converters, row[start : start + len(names)], strict=True)
        ]
        made.append(model.from_db("default", names, values))
        start += len(names)
    token: AccessToken = made[0]
    token._state.fields_cache.update(zip(_RELATIONS, made[1:], strict=True))
    return token


@cache
def _readers() -> list[tuple[type[Model], list[str], list[Any]]]:
    """Return for each model its attributes, in the order of the columns, and how each becomes a value."""
    return [
        (model, [field.attname for field in fields], [_converter(field) for field in fields])
        for model, fields in ((model, _fields(model, names)) for model, _, names in _READ)
    ]


def _fields(model: type[Model], names: frozenset[str]) -> list[Any]:
    """Return the model's fields of these names in its own order, which `Model.from_db` relies on."""
    return [field for field in model._meta.concrete_fields if field.attname in names]


def _converter(field: Any) -> Any:
    return getattr(field.target_field if field.is_relation else field, "from_db_value", None)
