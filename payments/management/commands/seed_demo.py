"""`manage.py seed_demo`: write the sandbox's people, apps and money, once."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from payments.demo import addresses, secrets, seeding


class Command(BaseCommand):
    help = "Write the sandbox's people, apps and money, once; a second run only follows a new port."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--output", type=Path, required=True, help="file for names, passwords and keys")
        parser.add_argument("--piggy-origin", required=True, help="where the example app runs, https://…")

    def handle(self, *args: Any, output: Path, piggy_origin: str, **options: Any) -> None:
        if not settings.SANDBOX:
            raise CommandError("demo data is for the sandbox only: set BANK_ENVIRONMENT=sandbox")
        was_known, is_seeded = output.exists(), seeding.is_seeded()
        if is_seeded and not was_known:
            raise CommandError(
                f"the demo's people are here, but not their passwords ({output}): run make reset"
            )
        known = secrets.read_or_make(output, piggy_origin=piggy_origin)
        if is_seeded:
            with transaction.atomic():
                seeding.issue_keys(known)
                secrets.write(output, known)
            addresses.follow(known, piggy_origin=piggy_origin)
            secrets.write(output, known)
            self.stdout.write("the demo data is here")
            return
        # Written before the commit: killed in between, it begins anew; the ids are never missing.
        seeding.seed(known, keep=lambda: secrets.write(output, known))
        self.stdout.write(f"wrote {len(known['users'])} people and {len(known['clients'])} apps")
