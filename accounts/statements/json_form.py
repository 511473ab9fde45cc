"""A statement as JSON, written so that any JSON reader sees one object."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from accounts.models import Statement
from accounts.queries.statements import StatementLine
from accounts.statements.words import amount, moment


def json_pieces(statement: Statement, lines: Iterable[StatementLine]) -> Iterator[bytes]:
    """Yield the object: the head, then the entries, one after the other."""
    yield _dumps(_head(statement))[:-1] + b',"entries":['
    for number, line in enumerate(lines):
        yield (b"," if number else b"") + _dumps(_entry(statement, line))
    yield b"]}\n"


def _head(statement: Statement) -> dict[str, Any]:
    return {
        "id": statement.id,
        "account": statement.account_id,
        "iban": statement.account.iban,
        "currency": statement.currency,
        "begins_on": statement.begins_on.isoformat(),
        "ends_on": statement.ends_on.isoformat(),
        "first_seq": statement.first_seq,
        "last_seq": statement.last_seq,
        "opening_balance": amount(statement.opening_balance, statement),
        "closing_balance": amount(statement.closing_balance, statement),
        "credits": {"count": statement.credit_count, "total": amount(statement.credit_total, statement)},
        "debits": {"count": statement.debit_count, "total": amount(statement.debit_total, statement)},
        "made_at": moment(statement.made_at),
    }


def _entry(statement: Statement, line: StatementLine) -> dict[str, Any]:
    return {
        "seq": line.seq,
        "id": line.id,
        "booked_at": moment(line.booked_at),
        "direction": line.direction,
        "amount": amount(line.amount, statement),
        "balance_after": amount(line.balance_after, statement),
        "kind": line.kind,
        "reference": line.reference,
        "merchant_name": line.merchant_name,
    }


def _dumps(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
