"""Whoever is woken at night finds what to do."""

import pytest

from tests.architecture.source import ROOT
from watch.kinds import KINDS

FOLDER = ROOT / "docs/runbooks"


class TestRunbooks:
    @pytest.mark.parametrize("kind", sorted(KINDS))
    def test_there_is_one_for_each_kind_that_says_what_to_do(self, kind: str) -> None:
        text = (ROOT / KINDS[kind].runbook).read_text()
        assert text.startswith(f"# {kind}\n\n{KINDS[kind].meaning} Severity: {KINDS[kind].severity}.")
        assert [line for line in text.splitlines() if line.startswith("## ")] == [
            "## Look",
            "## Decide",
            "## Do",
        ]

    def test_there_is_none_for_what_no_longer_exists(self) -> None:
        assert {path.stem for path in FOLDER.glob("*.md")} == set(KINDS)
