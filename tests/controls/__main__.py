"""`make controls`: take each technical control away, one at a time, in a copy; its tests must fail.

Writes var/controls.json: id, what was changed, the tests, and whether they turned red. Exit status 0 only if
all of them did, and all are green with nothing changed.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bank.site.controls import Break, Control, read_controls
from deploy.local.state import PROJECT, state_directory, write_json

LEFT_OUT = shutil.ignore_patterns("var", ".venv", ".git", "__pycache__", "node_modules")
TESTS_FAILED = 1  # pytest's exit status; anything else is a broken run, and proves nothing
SECONDS = 600


def main(arguments: list[str]) -> int:
    """Judge the controls asked for and return 0 if each is load-bearing."""
    asked = _parser().parse_args(arguments)
    controls = [c for c in read_controls(PROJECT) if c.breaks_when and (not asked.only or c.id in asked.only)]
    folder = state_directory() / "controls"
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as place:
        copy = Path(place) / "bank"
        shutil.copytree(PROJECT, copy, ignore=LEFT_OUT)
        verdicts = [_judged(control, copy, folder) for control in controls]
    write_json(state_directory() / "controls.json", verdicts, mode=0o644)
    held = sum(verdict["is_load_bearing"] for verdict in verdicts)
    print(f"{held} of {len(verdicts)} controls are load-bearing")
    return 0 if verdicts and held == len(verdicts) else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make controls")
    parser.add_argument("--only", action="append", metavar="ID", help="judge this control (more than once)")
    return parser


def _judged(control: Control, copy: Path, state: Path) -> dict[str, Any]:
    assert control.breaks_when
    began = time.monotonic()
    change(copy, control.breaks_when)
    try:
        status = _run(control.tests, copy, state)
    finally:
        shutil.copy2(PROJECT / control.breaks_when.file, copy / control.breaks_when.file)
    is_red = status == TESTS_FAILED
    word = "red" if is_red else f"NOT red (pytest said {status})"
    print(f"{control.id:<16} {word}, {time.monotonic() - began:.0f} s", flush=True)
    return {
        "id": control.id,
        "file": control.breaks_when.file,
        "taken_away": control.breaks_when.old,
        "tests": list(control.tests),
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
