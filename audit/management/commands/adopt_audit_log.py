"""Lets a log go on whose published head was lost or lies ahead of the database."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from audit import published, sealing
from audit.actor import system
from audit.operations import record_attempt


class Command(BaseCommand):
    """`manage.py adopt_audit_log --reason CODE`: an explicit decision, itself recorded."""

    help = (
        "Accept the database's last head as the published one. Check first with verify_audit why they differ."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare --reason."""
        parser.add_argument("--reason", required=True, help="a code, such as restored_backup")

    def handle(self, *args: Any, reason: str, **options: Any) -> None:
        """Record the decision and replace the published head."""
        note = sealing.last_note()
        if note is None:
            raise CommandError("the log has no signed head")
        target = ("audit", "log")
        record_attempt(
            "audit.log_started", by=system("adopt"), target=target, outcome="success", reason=reason
        )
        published.replace(note)
        published.go_on()
        self.stdout.write("The log goes on from this head:\n" + note)
