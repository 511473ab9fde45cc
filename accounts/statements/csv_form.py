"""A statement as CSV (RFC 4180, UTF-8) that no spreadsheet takes for a formula."""

import csv
import io
from collections.abc import Iterable, Iterator

from accounts.models import Statement
from accounts.queries.statements import StatementLine
from accounts.statements.words import amount, moment

HEAD = (
    "row", "seq", "id", "date", "direction", "amount", "balance", "currency", "kind", "reference", "merchant",
)  # fmt: skip
# What a spreadsheet reads as the beginning of a formula (OWASP, CSV injection).
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def csv_pieces(statement: Statement, lines: Iterable[StatementLine]) -> Iterator[bytes]:
    """Yield the head, the opening balance, the entries, the totals and the closing balance."""
    yield _row(HEAD)
    opening, closing = statement.opening_balance, statement.closing_balance
    yield _total("opening", statement, statement.begins_on.isoformat(), balance=opening)
    for line in lines:
        yield _row(_entry(statement, line))
    ends = statement.ends_on.isoformat()
    yield _total("credits", statement, ends, count=statement.credit_count, total=statement.credit_total)
    yield _total("debits", statement, ends, count=statement.debit_count, total=statement.debit_total)
    yield _total("closing", statement, ends, balance=closing)


def plain(text: str) -> str:
    """Return text that a spreadsheet shows and never computes: an apostrophe stands before a formula."""
    return f"'{text}" if text.startswith(FORMULA) else text


def _entry(statement: Statement, line: StatementLine) -> tuple[str, ...]:
    return (
        "entry", str(line.seq), line.id, moment(line.booked_at), line.direction,
        amount(line.amount, statement), amount(line.balance_after, statement), statement.currency,
        line.kind, plain(line.reference), plain(line.merchant_name),
    )  # fmt: skip


def _total(
    row: str, statement: Statement, day: str, *, balance: int | None = None, count: int | None = None,
    total: int | None = None,
) -> bytes:  # fmt: skip
    return _row(
        (
            row, "" if count is None else str(count), statement.id, day, "",
            "" if total is None else amount(total, statement),
            "" if balance is None else amount(balance, statement), statement.currency, "", "", "",
        )
    )  # fmt: skip


def _row(cells: Iterable[str]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerow(cells)
    return text.getvalue().encode()
