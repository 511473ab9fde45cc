"""Checks the whole log, or writes it to a file that can be checked elsewhere."""

import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from audit import exports, operations
from audit.actor import system
from audit.keys import pinned_key
from audit.verifier.verify import ALTERED, Checker, Key, Report


class Command(BaseCommand):
    """`manage.py verify_audit [--export FILE] [--key FILE]`; exits as audit/verifier/verify.py does."""

    help = "Check every leaf, head, signature and life in the audit log, and the ledger against it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare --export and --key."""
        parser.add_argument(
            "--export", type=Path, help="also write what was checked, for audit/verifier/verify.py"
        )
        parser.add_argument(
            "--key", type=Path, help="the pinned public key (default: that of AUDIT_SIGNING_KEY_FILE)"
        )

    def handle(self, *args: Any, export: Path | None, key: Path | None, **options: Any) -> None:
        """Check, tell, and exit with the code of the gravest finding."""
        try:
            pinned = pinned_key(key)
        except FileNotFoundError as error:
            raise CommandError("no public key to check with: give --key") from error
        if export:
            operations.record_attempt(
                "audit.exported",
                by=system("verify_audit"),
                target=("audit", "log"),
                outcome="success",
                reason="",
            )
        report = _check(_kept(exports.lines(pinned), export), Key.parse(str(pinned)))
        self.stdout.write("\n".join(report.lines()))
        sys.exit(report.code)


def _check(lines: Iterator[exports.Line], key: Key) -> Report:
    """Check as the stand-alone verifier does, and the copies the database is searched by besides."""
    checker = Checker(key)
    for number, line in enumerate(lines, 1):
        checker.take_safely(number, line)
        if "leaf" in line and not exports.copies_agree(line):
            checker.report.add(
                ALTERED, f"leaf {line['leaf']}: the search columns do not say what the bytes say"
            )
    return checker.finish()


def _kept(lines: Iterator[exports.Line], file: Path | None) -> Iterator[exports.Line]:
    """Yield the lines, writing each to the file on its way."""
    if file is None:
        yield from lines
        return
    with file.open("w", encoding="utf-8") as stream:
        for line in lines:
            stream.write(exports.as_text(line) + "\n")
            yield line
