"""Checks the whole log, or writes it to a file that can be checked elsewhere."""

import itertools
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from audit import exports, operations, trust, witness_client, witnessing
from audit.actor import system
from audit.trust import PolicyInvalid
from audit.verifier.verify import ALTERED, REORDERED, Checker, Policy, Report, Unreadable


class Command(BaseCommand):
    """`manage.py verify_audit [--export FILE] [--policy FILE | --key FILE]`; exits as verify.py does."""

    help = "Check every leaf, head, signature and life in the audit log, and the ledger against it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare --export, --policy and --key."""
        parser.add_argument(
            "--export", type=Path, help="also write what was checked, for audit/verifier/verify.py"
        )
        parser.add_argument("--policy", type=Path, help="pinned keys and witnesses (default: the bank's own)")
        parser.add_argument("--key", type=Path, help="a pinned public key of the log, and no witness")

    def handle(
        self, *args: Any, export: Path | None, policy: Path | None, key: Path | None, **options: Any
    ) -> None:
        """Check, tell, and exit with the code of the gravest finding."""
        checker = Checker(_pinned(policy, key))
        if export:
            _record_export()
        witnessing.publish_newest()
        for name, note in _remembered():
            checker.expect(note, f"the memory of {name}")
        report = _check(checker, export)
        self.stdout.write("\n".join(report.lines()))
        sys.exit(report.code)


def _pinned(policy: Path | None, key: Path | None) -> Policy:
    try:
        if key:
            return Policy.of_key(key.read_text())
        return Policy.parse(policy.read_text() if policy else trust.policy_text())
    except (OSError, Unreadable) as error:
        raise CommandError(f"no public key to check with: {error}") from error


def _record_export() -> None:
    target = ("audit", "log")
    operations.record_attempt(
        "audit.exported", by=system("verify_audit"), target=target, outcome="success", reason=""
    )


def _remembered() -> Iterator[tuple[str, str]]:
    """Yield what each witness that answers remembers of this log."""
    try:
        policy = trust.policy()
    except (FileNotFoundError, PolicyInvalid):
        return
    for name, witness in policy.witnesses.items():
        try:
            note = witness_client.newest(witness, policy.logs[0].name) if witness.url else None
        except witness_client.WitnessSilent:
            note = None
        if note:
            yield name, note


def _check(checker: Checker, export: Path | None) -> Report:
    """Check as the stand-alone verifier does, and the copies the database is searched by besides."""

    places = itertools.count()

    def compare(row: Any) -> None:
        if row[0] != next(places):
            checker.report.add(REORDERED, f"leaf {row[0]} stands where another belongs")
        if not exports.copies_agree(row):
            checker.report.add(ALTERED, f"leaf {row[0]}: the search columns do not say what the bytes say")

    return checker.read(_kept(exports.lines(compare), export))


def _kept(lines: Iterator[bytes], file: Path | None) -> Iterator[bytes]:
    """Yield the lines, writing each to the file on its way."""
    if file is None:
        yield from lines
        return
    with file.open("wb") as stream:
        for line in lines:
            stream.write(line + b"\n")
            yield line
