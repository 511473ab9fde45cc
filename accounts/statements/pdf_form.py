"""A statement as a PDF: a head, the entries in columns, the totals."""

from collections.abc import Iterable, Iterator

from accounts.models import Statement
from accounts.queries.statements import StatementLine
from accounts.statements.pdf import LINES_ON_A_PAGE, Document
from accounts.statements.words import amount

WORDS = 44
COLUMNS = f"{'No':>7}  {'Day':<10}  {'What':<{WORDS}}  {'Amount':>17}  {'Balance':>17}"


def pdf_pieces(statement: Statement, lines: Iterable[StatementLine]) -> Iterator[bytes]:
    """Yield the document."""
    title = f"Statement {statement.begins_on} to {statement.ends_on}"
    yield from Document().pieces(_pages(_all(statement, lines)), title=title)


def _pages(lines: Iterable[str]) -> Iterator[list[str]]:
    page: list[str] = []
    for line in lines:
        page.append(line)
        if len(page) == LINES_ON_A_PAGE:
            yield page
            page = []
    if page:
        yield page


def _all(statement: Statement, lines: Iterable[StatementLine]) -> Iterator[str]:
    yield from _head(statement)
    for line in lines:
        yield _entry(statement, line)
    yield from _totals(statement)


def _head(statement: Statement) -> Iterator[str]:
    yield "Harbour Bank"
    yield f"Statement {statement.id}"
    yield f"Account {statement.account.iban}  {statement.currency}"
    yield f"Period  {statement.begins_on} to {statement.ends_on}"
    yield ""
    yield COLUMNS
    yield _sum("Opening balance", statement.opening_balance, statement)


def _entry(statement: Statement, line: StatementLine) -> str:
    words = (line.merchant_name or line.reference or line.kind)[:WORDS]
    signed = line.amount if line.direction == "CRDT" else -line.amount
    return (
        f"{line.seq:>7}  {line.booked_at:%Y-%m-%d}  {words:<{WORDS}}"
        f"  {amount(signed, statement):>17}  {amount(line.balance_after, statement):>17}"
    )


def _totals(statement: Statement) -> Iterator[str]:
    yield ""
    yield _sum(f"Credits ({statement.credit_count})", statement.credit_total, statement)
    yield _sum(f"Debits ({statement.debit_count})", statement.debit_total, statement)
    yield _sum("Closing balance", statement.closing_balance, statement)


def _sum(words: str, minor: int, statement: Statement) -> str:
    return f"{'':>7}  {'':<10}  {words:<{WORDS}}  {'':>17}  {amount(minor, statement):>17}"
