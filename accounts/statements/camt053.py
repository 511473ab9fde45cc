"""A statement as ISO 20022 camt.053.001.08 (BankToCustomerStatement), its elements in the schema's order."""

from collections.abc import Iterable, Iterator
from xml.sax.saxutils import escape, quoteattr

from accounts.models import Statement
from accounts.queries.statements import StatementLine
from accounts.statements.words import amount, moment

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"


def camt053_pieces(statement: Statement, lines: Iterable[StatementLine]) -> Iterator[bytes]:
    """Yield the document: group header, statement with balances and summary, entries."""
    yield _head(statement).encode()
    for line in lines:
        yield _entry(statement, line).encode()
    yield b"</Stmt></BkToCstmrStmt></Document>\n"


def _head(statement: Statement) -> str:
    made = moment(statement.made_at)
    period = (
        _of("FrDtTm", f"{statement.begins_on}T00:00:00Z") + _of("ToDtTm", f"{statement.ends_on}T23:59:59Z")
    )  # fmt: skip
    number = _of("Id", _of("IBAN", escape(statement.account.iban or "")))
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<Document xmlns={quoteattr(NAMESPACE)}><BkToCstmrStmt>"
        + _of("GrpHdr", _of("MsgId", statement.id) + _of("CreDtTm", made))
        + f"<Stmt>{_of('Id', statement.id)}{_of('CreDtTm', made)}{_of('FrToDt', period)}"
        + _of("Acct", number + _of("Ccy", statement.currency))
        + _balance("OPBD", statement.opening_balance, statement, str(statement.begins_on))
        + _balance("CLBD", statement.closing_balance, statement, str(statement.ends_on))
        + _summary(statement)
    )


def _balance(code: str, minor: int, statement: Statement, day: str) -> str:
    return _of(
        "Bal",
        _of("Tp", _of("CdOrPrtry", _of("Cd", code)))
        + _amount(abs(minor), statement)
        + _of("CdtDbtInd", "DBIT" if minor < 0 else "CRDT")
        + _of("Dt", _of("Dt", day)),
    )


def _summary(statement: Statement) -> str:
    count = statement.credit_count + statement.debit_count
    total = statement.credit_total + statement.debit_total
    return _of(
        "TxsSummry",
        _of("TtlNtries", _counted(count, total, statement))
        + _of("TtlCdtNtries", _counted(statement.credit_count, statement.credit_total, statement))
        + _of("TtlDbtNtries", _counted(statement.debit_count, statement.debit_total, statement)),
    )


def _counted(count: int, total: int, statement: Statement) -> str:
    return _of("NbOfNtries", str(count)) + _of("Sum", amount(total, statement))


def _entry(statement: Statement, line: StatementLine) -> str:
    words = escape(line.merchant_name or line.reference)
    details = _of("Refs", _of("AcctSvcrRef", line.id)) + (_of("RmtInf", _of("Ustrd", words)) if words else "")
    return _of(
        "Ntry",
        _of("NtryRef", str(line.seq))
        + _amount(line.amount, statement)
        + _of("CdtDbtInd", line.direction)
        + _of("Sts", _of("Cd", "BOOK"))
        + _of("BookgDt", _of("DtTm", moment(line.booked_at)))
        + _of("AcctSvcrRef", line.id)
        + _of("BkTxCd", _of("Prtry", _of("Cd", line.kind)))
        + _of("NtryDtls", _of("TxDtls", details)),
    )


def _amount(minor: int, statement: Statement) -> str:
    return f'<Amt Ccy="{statement.currency}">{amount(minor, statement)}</Amt>'


def _of(name: str, content: str) -> str:
    return f"<{name}>{content}</{name}>"
