"""A statement in four forms with the same totals: JSON, CSV, PDF and camt.053. Each is written in pieces.

The bytes of a form are the same for ever: their digests are kept with the statement. So a form may use only
what never changes: the statement's row, its entries, and the account's number.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from accounts.models import Statement
from accounts.queries.statements import StatementLine, lines_of
from accounts.statements.camt053 import camt053_pieces
from accounts.statements.csv_form import csv_pieces
from accounts.statements.json_form import json_pieces
from accounts.statements.pdf_form import pdf_pieces

Writer = Callable[[Statement, Iterable[StatementLine]], Iterator[bytes]]


@dataclass(frozen=True, slots=True)
class Form:
    """One way to write a statement down."""

    name: str
    media_type: str
    extension: str
    write: Writer


FORMS: dict[str, Form] = {
    form.name: form
    for form in (
        Form("json", "application/json", "json", json_pieces),
        Form("csv", "text/csv", "csv", csv_pieces),
        Form("pdf", "application/pdf", "pdf", pdf_pieces),
        Form("camt053", "application/xml", "xml", camt053_pieces),
    )
}


def pieces(statement: Statement, form: str) -> Iterator[bytes]:
    """Yield a statement in a form, piece by piece: memory does not grow with the statement."""
    return FORMS[form].write(statement, lines_of(statement))


def digests(statement: Statement) -> dict[str, str]:
    """Return the SHA-256 of each form, in hex."""
    return {name: _digest(pieces(statement, name)) for name in FORMS}


def _digest(parts: Iterable[bytes]) -> str:
    sha256 = hashlib.sha256()
    for part in parts:
        sha256.update(part)
    return sha256.hexdigest()
