"""`make controls`: take each technical control away, one at a time, in a copy; its tests must fail.

Writes var/controls.json: id, what was changed, the tests, and whether they turned red. Exit status 0 only if
all of them did. With `--chapters` the rows of the chapters' tables "Break it yourself" are tried in the same
way, each of their tests by itself, and var/chapters.json is written.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bank.site.controls import Break, Control, read_controls
from deploy.local.state import PROJECT, state_directory, write_json
from tests.controls.chapters import read_rows

LEFT_OUT = shutil.ignore_patterns("var", ".venv", ".git", "__pycache__", "node_modules")
TESTS_FAILED = 1  # pytest's exit status; anything else is a broken run, and proves nothing
SECONDS = 600


def main(arguments: list[str]) -> int:
    """Judge the controls asked for and return 0 if each is load-bearing."""
    asked = _parser().parse_args(arguments)
    name, tried = ("chapters", _rows()) if asked.chapters else ("controls", _controls())
    folder = state_directory() / "controls"
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as place:
        copy = Path(place) / "bank"
        shutil.copytree(PROJECT, copy, ignore=LEFT_OUT)
        verdicts = [_judged(each, copy, folder) for each in tried if not asked.only or each.id in asked.only]
    write_json(state_directory() / f"{name}.json", verdicts, mode=0o644)
    held = sum(verdict["is_load_bearing"] for verdict in verdicts)
    print(f"{held} of {len(verdicts)} are load-bearing")
    return 0 if verdicts and held == len(verdicts) else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make controls")
    parser.add_argument("--only", action="append", metavar="ID", help="judge this one (more than once)")
    parser.add_argument(
        "--chapters", action="store_true", help="try the tables of the chapters; an id is 06.2"
    )
    return parser


@dataclass(frozen=True, slots=True)
class Guard:
    """Something whose removal is to be noticed: by each run of tests on its own."""

    id: str
    changes: tuple[Break, ...]
    runs: tuple[tuple[str, ...], ...]


def _controls() -> list[Guard]:
    return [guard_of(control) for control in read_controls(PROJECT) if control.breaks_when]


def guard_of(control: Control) -> Guard:
    """Return a technical control as what is taken away."""
    assert control.breaks_when
    return Guard(control.id, (control.breaks_when,), (control.tests,))


def _rows() -> list[Guard]:
    return [Guard(row.id, row.changes, tuple((test,) for test in row.tests)) for row in read_rows(PROJECT)]


def _judged(guard: Guard, copy: Path, state: Path) -> dict[str, Any]:
    began = time.monotonic()
    try:
        for broken in guard.changes:
            change(copy, broken)
        ends = [_run(tests, copy, state) for tests in guard.runs]
    finally:
        for broken in guard.changes:
            shutil.copy2(PROJECT / broken.file, copy / broken.file)
    is_red = all(status == TESTS_FAILED for status in ends)
    word = "red" if is_red else f"NOT red (pytest said {', '.join(map(str, ends))})"
    print(f"{guard.id:<16} {word}, {time.monotonic() - began:.0f} s", flush=True)
    return {
        "id": guard.id,
        "taken_away": [{"file": broken.file, "words": broken.old} for broken in guard.changes],
        "tests": [test for tests in guard.runs for test in tests],
        "is_load_bearing": is_red,
    }


def change(root: Path, wanted: Break) -> None:
    """Break a file of a copy; raises AssertionError when the guard is not where it was."""
    file = root / wanted.file
    text = file.read_text()
    assert text.count(wanted.old) == 1, f"{wanted.file} has changed: say anew what to break"
    file.write_text(text.replace(wanted.old, wanted.new))


def _run(tests: tuple[str, ...], copy: Path, state: Path) -> int:
    environment = {**os.environ, "BANK_STATE_DIR": str(state), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "deploy.local.test", *tests, "-q", "-x", "-p", "no:cacheprovider"]
    done = subprocess.run(
        command, cwd=copy, env=environment, check=False, capture_output=True, timeout=SECONDS
    )
    return done.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
