"""Makes the audit log's signing key."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from audit.keys import generate_key


class Command(BaseCommand):
    """`manage.py generate_audit_key --out FILE`"""

    help = "Write a new Ed25519 key for the audit log (mode 0600) and its public half beside it (.pub)."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare --out."""
        parser.add_argument("--out", type=Path, required=True)

    def handle(self, *args: Any, out: Path, **options: Any) -> None:
        """Write the key and print the public half, to be pinned by whoever checks the log."""
        try:
            self.stdout.write(str(generate_key(out, origin=settings.AUDIT_LOG_ORIGIN)))
        except FileExistsError as error:
            raise CommandError(f"{out} exists; a key is never overwritten") from error
