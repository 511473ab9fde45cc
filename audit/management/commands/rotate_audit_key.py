"""Replaces the audit log's key, in two steps with a published head under both keys between them."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from audit import rotation


class Command(BaseCommand):
    """`manage.py rotate_audit_key begin`, and later `finish`."""

    help = "Replace the log's key: begin names the successor in the log, finish retires the old key."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the step."""
        parser.add_argument("step", choices=("begin", "finish"))

    def handle(self, *args: Any, step: str, **options: Any) -> None:
        """Take the step and print the new key's public half, to be pinned by whoever checks the log."""
        try:
            key = rotation.begin() if step == "begin" else rotation.finish()
        except rotation.RotationRefused as error:
            raise CommandError(str(error)) from error
        self.stdout.write(str(key))
