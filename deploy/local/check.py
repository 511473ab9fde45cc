"""What a machine can say of the code without running the bank: `python -m deploy.local.check [names]`."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from deploy.local.environment import bank_environment, with_databases
from deploy.local.keys import COMMAND
from deploy.local.state import PROJECT, State, state_directory
from deploy.local.steps import say

PYTHON = sys.executable
CODE = (
    "bank",
    "audit",
    "approvals",
    "oauth",
    "accounts",
    "payments",
    "events",
    "privacy",
    "sandbox",
    "deploy",
    "examples",
)
NOWHERE = "127.0.0.1:1"
LINES_SHOWN = 40
PASSED, FAILED, SKIPPED = "ok", "FAILED", "SKIPPED"


@dataclass(frozen=True)
class Check:
    """One command, and how its end is to be read."""

    name: str
    command: Sequence[str]
    judge: Callable[[int, str], str] = lambda status, words: FAILED if status else PASSED


def judge_audit(status: int, words: str) -> str:
    """Read pip-audit's end: only a full look that found nothing is a pass."""
    if status == 0:
        return PASSED
    return FAILED if "known vulnerabilit" in words else SKIPPED


def judge_migrations(status: int, words: str) -> str:
    """Read the end of `makemigrations --check`; there is no database here, and none is needed."""
    return FAILED if status or "No changes detected" not in words else PASSED


CHECKS = (
    Check("format", (PYTHON, "-m", "ruff", "format", "--check", ".")),
    Check("lint", (PYTHON, "-m", "ruff", "check", ".")),
    Check("imports", (str(Path(PYTHON).with_name("lint-imports")),)),
    Check("migrations", (PYTHON, "manage.py", "makemigrations", "--check", "--dry-run"), judge_migrations),
    Check("settings", (PYTHON, "manage.py", "check", "--deploy", "--fail-level", "WARNING")),
    Check("reference", (PYTHON, "manage.py", "write_reference", "--check")),
    Check("catalogue", (PYTHON, "-m", "deploy.local.catalogue", "--check")),
    Check("types", (PYTHON, "-m", "mypy")),
    Check("security", (PYTHON, "-m", "bandit", "-q", "-ll", "-c", "pyproject.toml", "-r", *CODE)),
    Check(
        "dependencies",
        (
            PYTHON,
            "-m",
            "pip_audit",
            "--strict",
            "--disable-pip",
            "--require-hashes",
            "-r",
            "requirements.txt",
        ),
        judge_audit,
    ),
)


def main(names: Sequence[str]) -> int:
    """Run the checks named (all, when none is) and return 1 if one failed."""
    results = {}
    with tempfile.TemporaryDirectory(dir=_folder()) as folder:
        environment = production_environment(State(Path(folder)))
        for check in CHECKS:
            if not names or check.name in names:
                results[check.name] = _run(check, environment)
    skipped = [name for name, result in results.items() if result == SKIPPED]
    if skipped:
        say(f"\n*** SKIPPED, so NOT known to be good: {', '.join(skipped)} (no service in reach) ***")
    failed = [name for name, result in results.items() if result == FAILED]
    say(f"\n{len(results) - len(failed) - len(skipped)} of {len(results)} checks passed" + _list(failed))
    return 1 if failed else 0


def production_environment(state: State, *, process: str = COMMAND) -> dict[str, str]:
    """Return what production would start a process with; its servers do not exist and are not needed."""
    state.prepare()
    base = bank_environment(
        state,
        environment="production",
        origin="https://bank.example",
        hosts="bank.example",
        broker=f"redis://{NOWHERE}/0",
        cache=f"redis://{NOWHERE}/1",
        process=process,
    )
    base |= {"SECURITY_CONTACT": "mailto:security@bank.example"}
    return with_databases(base, f"postgresql://nobody@{NOWHERE}/none")


def _run(check: Check, environment: dict[str, str]) -> str:
    say(f"{check.name:<14}", end="")
    began = time.monotonic()
    done = subprocess.run(
        check.command,
        cwd=PROJECT,
        env={**os.environ, **environment},
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    result = check.judge(done.returncode, done.stdout)
    say(f"{result} ({time.monotonic() - began:.0f} s)")
    if result != PASSED:
        say("".join(f"    {line}\n" for line in done.stdout.splitlines()[-LINES_SHOWN:]), end="")
    return result


def _folder() -> Path:
    folder = state_directory()
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _list(failed: Sequence[str]) -> str:
    return f"; FAILED: {', '.join(failed)}" if failed else ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
