"""The document a person gets: every row about them of every table in the register, and nobody else's data.

What is left out says why. A joint account is there whole, as its statements are; of who holds it besides, the
first letters are shown, and no id of theirs.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any

from django.db.models import ForeignKey

from accounts.models import AccountHolder, Customer
from audit.openings import openings_of
from bank.privacy import register
from bank.privacy.masks import masked_words
from bank.privacy.words import Category

FORMAT = "https://harbour.bank/formats/personal-data/1"
SOMEBODY_ELSE = "somebody else"
SECRET = "opens something: keys, hashes, indexes; to be shown to nobody"  # noqa: S105 - a sentence


def write(customer: Customer, *, now: datetime) -> str:
    """Return all the bank knows of a customer as JSON (GDPR, Articles 15 and 20)."""
    document = {
        "format": FORMAT,
        "made_at": now.isoformat(),
        "subject": {"customer": customer.id, "login": customer.user_id},
        "tables": [_table(table, customer) for table in _shown()],
        "held_together": list(_held_together(customer)),
        "left_out": list(_left_out()),
    }
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"), default=_said)


def _shown() -> list[register.Table]:
    return [table for table in register.tables() if table.subject and not table.left_out]


def _table(table: register.Table, customer: Customer) -> dict[str, Any]:
    rows = _openings(customer) if table.name == "audit.opening" else _rows(table, customer)
    return {
        "name": table.name,
        "purpose": table.purpose,
        "basis": table.basis,
        "kept": table.retention.words,
        "rows": list(rows),
    }


def _rows(table: register.Table, customer: Customer) -> Iterator[dict[str, Any]]:
    names = [field.name for field in table.shown_to_the_person()]
    for row in table.rows_of(customer.user).order_by("pk").distinct():
        yield {name: _value(row, name, customer) for name in names}


def _value(row: Any, name: str, customer: Customer) -> Any:
    """Return a field; of a reference to a person only whether it is somebody else."""
    field = row._meta.get_field(name)
    if not isinstance(field, ForeignKey):
        return getattr(row, name)
    kept = getattr(row, field.attname)
    own = {"oauth.User": customer.user_id, "accounts.Customer": customer.id}
    label = field.related_model._meta.label
    return SOMEBODY_ELSE if kept is not None and own.get(label, kept) != kept else kept


def _openings(customer: Customer) -> Iterator[dict[str, Any]]:
    """Return what the commitments in the person's own events commit to, with the salts that prove it."""
    for event_id, opening in openings_of(str(customer.user_id), personal_key=customer.data_key):
        yield {"event_id": event_id, "subject": customer.user_id, "box": opening}


def _held_together(customer: Customer) -> Iterator[dict[str, str]]:
    """Return who else holds the person's accounts, by first letters (Art. 15(4): the rights of others)."""
    others = AccountHolder.objects.filter(account__holders__customer=customer).exclude(customer=customer)
    for other in others.select_related("customer").order_by("account_id", "id"):
        person = other.customer
        name = masked_words(f"{person.given_name or ''} {person.family_name or ''}")
        yield {"account": other.account_id, "role": other.role, "name": name}


def _left_out() -> Iterator[Mapping[str, Any]]:
    for table in register.tables():
        if table.left_out:
            yield {"name": table.name, "because": table.left_out}
        elif (
            hidden := [f.name for f in table.fields if f.category is Category.SECRET] if table.subject else []
        ):
            yield {"name": table.name, "fields": hidden, "because": SECRET}


def _secrets_of(table: register.Table) -> list[str]:
    return [field.name for field in table.fields if field.category is Category.SECRET]


def _said(value: Any) -> Any:
    """Return what JSON has no word for: moments in UTC, dates, ids; an event's exact text, a hash in hex."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (bytes, memoryview)):
        return _text(bytes(value))
    return str(value)


def _text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.hex()
