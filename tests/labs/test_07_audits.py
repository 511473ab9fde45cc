"""Lab 7 at the bank: what says *all is well* is itself given a bank without a guard, or nothing at all."""

from pathlib import Path
from typing import Any

import pytest

from bank.site.controls import Break, Control, read_controls
from deploy.local.check import FAILED, PASSED, SKIPPED, judge_audit, judge_migrations
from deploy.local.state import PROJECT
from labs.catalogue import Lab, find
from tests.controls import __main__ as runs

LAB: Lab = find(7)  # type: ignore[assignment]
SCRIPT = LAB.script()
ENDS = {  # how scanners end that found nothing because they looked at nothing
    "the service could not be reached": (1, "ConnectionError: Max retries exceeded"),
    "the file of requirements was not there": (2, "error: invalid requirements input"),
    "a package could not be audited (--strict)": (1, "harbour-bank: dependency not found on the index"),
    "it was killed": (-9, ""),
    "it found something": (1, "Found 2 known vulnerabilities in 1 package"),
}


class Scanner:
    """The bank's reading of a scanner's end."""

    builds = {words: words for words in ENDS}

    def is_content(self, end: str) -> bool:
        return judge_audit(*(ENDS[end] if end else (0, "No known vulnerabilities found"))) == PASSED


class TestReadingScanners:
    def test_takes_only_a_full_look_for_a_good_end(self) -> None:
        assert SCRIPT.honest(Scanner()) == []
        assert SCRIPT.attack(Scanner()) == []

    def test_tells_what_was_found_from_what_was_not_looked_at(self) -> None:
        assert judge_audit(*ENDS["it found something"]) == FAILED
        assert judge_audit(*ENDS["it was killed"]) == SKIPPED

    def test_takes_no_silence_for_migrations_that_are_whole(self) -> None:
        assert judge_migrations(0, "") == FAILED
        assert judge_migrations(0, "No changes detected") == PASSED


class TestTakingGuardsAway:
    """`make controls` as it runs, with pytest's end in place of a run of half a minute."""

    def judged(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, status: int) -> dict[str, Any]:
        control = a_control()
        assert control.breaks_when
        for file in {control.breaks_when.file}:
            (tmp_path / file).parent.mkdir(parents=True)
            (tmp_path / file).write_text((PROJECT / file).read_text())
        seen: dict[str, bool] = {}

        def run(tests: tuple[str, ...], copy: Path, state: Path) -> int:
            assert isinstance(control.breaks_when, Break)
            seen["broken"] = (copy / control.breaks_when.file).read_text() != (
                PROJECT / control.breaks_when.file
            ).read_text()
            return status

        monkeypatch.setattr(runs, "_run", run)
        verdict = runs._judged(runs.guard_of(control), tmp_path, tmp_path)
        assert seen["broken"]
        return verdict

    @pytest.mark.parametrize(
        ("status", "is_proof"), [(1, True), (0, False), (2, False), (4, False), (5, False)]
    )
    def test_believes_tests_that_failed_and_no_run_that_broke(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, status: int, is_proof: bool
    ) -> None:
        """5 is pytest's word for *no test was there*, 4 for *no such file*, 2 for *interrupted*."""
        assert self.judged(monkeypatch, tmp_path, status)["is_load_bearing"] is is_proof

    @pytest.mark.slow
    def test_finds_out_a_bank_that_lost_a_guard(self, monkeypatch: pytest.MonkeyPatch) -> None:
        assert runs.main(["--only", a_control().id]) == 0


def a_control() -> Control:
    """The control that keeps card numbers out: its tests need no database, and end soon."""
    found = [
        c
        for c in read_controls(PROJECT)
        if c.breaks_when and c.tests == ("tests/bank/privacy/test_card_numbers.py",)
    ]
    return found[0]
