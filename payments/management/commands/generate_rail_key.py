"""`manage.py generate_rail_key --out FILE`: a new key the bank signs its messages to the rail with."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from payments.rails.signing import generate_key


class Command(BaseCommand):
    help = "Write a new Ed25519 key (JWK) for messages to the rail, and FILE.pub for the rail to know it by."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--out", type=Path, required=True)

    def handle(self, *args: Any, out: Path, **options: Any) -> None:
        if out.exists():
            raise CommandError(f"{out} is there already; a key is never written over")
        generate_key(out)
        self.stdout.write(f"wrote {out} and {out}.pub")
