"""The record of processing activities (GDPR, Article 30), rendered from the register."""

from collections.abc import Iterator

from bank.privacy.register import Table, tables
from bank.privacy.words import AtErasure, Basis, Category

_INTRO = """The record of processing (GDPR, Article 30). Each app declares its fields in `personal_data.py`;
a field that none declares fails `make check`. Beside a field stands how staff are shown it by default, where
that is not as it is. Transfers outside the bank: to apps a customer consents to, and to nobody else. Security
measures: `docs/practices.md`."""


def record_of_processing() -> str:
    """Return the record as Markdown: what is about people first."""
    about = [table for table in tables() if table.basis is not Basis.NO_PERSON]
    others = [table for table in tables() if table.basis is Basis.NO_PERSON]
    lines = [_INTRO, "", *(line for table in about for line in _section(table))]
    lines += ["## Tables that hold nothing about people", ""]
    lines += [f"* `{table.name}`: {table.purpose}; {table.retention.words}" for table in others]
    return "\n".join(lines) + "\n"


def _section(table: Table) -> Iterator[str]:
    yield from (f"## {table.name}", "", f"{table.purpose[0].upper()}{table.purpose[1:]}.", "")
    yield f"* basis: {table.basis}"
    yield f"* kept: {table.retention.words}"
    if table.at_erasure is not AtErasure.NOBODY:
        yield f"* at erasure: {table.at_erasure}" + (f" ({table.kept_because})" if table.kept_because else "")
    if table.in_clear:
        yield f"* not encrypted, because: {table.in_clear}"
    for category in Category:
        named = [_said(f.name, f.mask) for f in table.fields if f.category is category]
        if named:
            yield f"* {category}: {', '.join(named)}"
    yield ""


def _said(name: str, mask: str) -> str:
    return f"`{name}`" if mask in {"shown", "never shown"} else f"`{name}` ({mask})"
