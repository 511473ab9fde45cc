"""The tables "Break it yourself" of the chapters, row by row, with the change each means.

The words stand in the chapter, the change in docs/practices/breaks.yaml, so that a machine can try it.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from bank.site.controls import Break

FILE = Path("docs/practices/breaks.yaml")
PAGES = ("docs/practices.md", *(f"docs/practices/{number:02}-*.md" for number in range(1, 14)))
_TABLE = re.compile(r"^## Break it yourself\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
_TEST = re.compile(r"`(tests/[^`]+)`")


@dataclass(frozen=True, slots=True)
class Row:
    """One row: what to change, in words and as changes of files, and the tests that each turn red by it."""

    id: str
    page: str
    words: str
    changes: tuple[Break, ...]
    tests: tuple[str, ...]


def read_rows(root: Path) -> list[Row]:
    """Return the rows that name a test, in the order of the chapters; raises KeyError without a change."""
    known = _changes(root)
    return [
        Row(f"{_short(page)}.{number}", page, words, known[page][words], tests)
        for page, number, words, tests in _said(root)
    ]


def without_a_row(root: Path) -> list[str]:
    """Return the words of changes that no table has a row for."""
    said = {(page, words) for page, _, words, _ in _said(root)}
    return [words for page, rows in _changes(root).items() for words in rows if (page, words) not in said]


def _changes(root: Path) -> Mapping[str, Mapping[str, tuple[Break, ...]]]:
    pages: dict[str, list[dict[str, Any]]] = yaml.safe_load((root / FILE).read_text())
    return {
        page: {entry["row"]: tuple(Break(**change) for change in entry["change"]) for entry in entries}
        for page, entries in pages.items()
    }


def _said(root: Path) -> Iterator[tuple[str, int, str, tuple[str, ...]]]:
    """Yield page, number, words and tests of each row whose second cell names a test."""
    for page in (path for pattern in PAGES for path in sorted(root.glob(pattern))):
        found = _TABLE.search(page.read_text())
        lines = [line for line in (found[1] if found else "").splitlines() if line.startswith("| ")]
        for number, line in enumerate(lines[2:], start=1):
            words, proof = (cell.strip() for cell in line.strip("|").split("|"))
            if tests := tuple(_TEST.findall(proof)):
                yield str(page.relative_to(root)), number, words, tests


def _short(page: str) -> str:
    """Return the number of a chapter, or the name of the page of all practices."""
    return Path(page).stem.partition("-")[0]
