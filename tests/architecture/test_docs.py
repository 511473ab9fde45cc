"""The documentation points at things that exist."""

import json
import re
from pathlib import Path

import pytest

from tests.architecture.source import ROOT, links

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


MADE_LATER = ("var/", "/")  # what a running bank writes, and addresses


def resolves(pointer: str) -> bool:
    """Return whether `path`, `path:symbol` or `path::Class::test` names something in the tree."""
    path, *symbols = re.split("::?", pointer)
    file = ROOT / path
    if not file.exists():
        return False
    text = file.read_text()
    return all(re.search(rf"\b{re.escape(part)}\b", text) for symbol in symbols for part in symbol.split("."))


def nameless(path: str) -> str:
    """Return a path without the names of its parts: `/v1/accounts/{}`."""
    return re.sub(r"\{[^}]*\}|…", "{}", path).rstrip("/")


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
class TestPages:
    def test_points_only_at_code_that_exists(self, page: Path) -> None:
        assert [
            pointer
            for pointer in links(page)
            if "/" in pointer and not pointer.startswith(MADE_LATER) and not resolves(pointer)
        ] == []

    def test_links_only_to_pages_that_exist(self, page: Path) -> None:
        targets = re.findall(r"\]\((?!https?://|#|mailto:)([^)#\s]+)", page.read_text())
        assert [t for t in targets if not (page.parent / t).exists()] == []


class TestCalls:
    def test_named_in_the_documentation_are_in_the_description(self) -> None:
        described = json.loads((ROOT / "docs/reference/openapi.json").read_text())["paths"]
        known = {f"{m.upper()} {nameless(path)}" for path, methods in described.items() for m in methods}
        named = {
            (str(page.relative_to(ROOT)), f"{method} {nameless(path)}")
            for page in PAGES
            if "decisions" not in page.parts  # they tell of what was not taken, too
            for method, path in re.findall(r"`(GET|POST|PUT|PATCH|DELETE) (/v1/[^`?\s]+)", page.read_text())
            if not path.startswith("/v1/sandbox/")  # in no description outside of it
        }
        assert len(named) > 50
        assert [call for call in sorted(named) if call[1] not in known] == []


class TestPractices:
    def rows(self) -> list[list[str]]:
        lines = (ROOT / "docs/practices.md").read_text().splitlines()
        return [
            [cell.strip() for cell in line.strip("|").split("|")]
            for line in lines
            if re.match(r"\| *\d+ ", line)
        ]

    def test_there_is_a_row_for_each_of_the_thirteen(self) -> None:
        assert [int(row[0]) for row in self.rows()] == list(range(1, 14))

    def test_each_row_points_at_code_and_proof_or_says_it_is_not_built(self) -> None:
        for number, _practice, code, proof, state in self.rows():
            built = "not built yet" not in state.lower() or "`" in code
            assert not built or ("`" in code and "`tests/" in proof), number


class TestReadme:
    def test_is_short_enough_to_be_read(self) -> None:
        assert len((ROOT / "README.md").read_text().splitlines()) <= 120


class TestDecisions:
    def test_has_each_number_of_a_decision_once_and_in_its_title(self) -> None:
        pages = sorted((ROOT / "docs/decisions").glob("*.md"))
        numbers = [int(page.name[:4]) for page in pages]
        assert numbers == list(range(1, len(pages) + 1))
        for number, page in zip(numbers, pages, strict=True):
            assert page.read_text().startswith(f"# {number}. "), page.name

    def test_each_record_fits_a_page(self) -> None:
        long = [
            p.name for p in (ROOT / "docs/decisions").glob("*.md") if len(p.read_text().splitlines()) > 40
        ]
        assert long == []
