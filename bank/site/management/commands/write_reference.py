"""`manage.py write_reference`: write docs/reference/ from the code, or say what is out of date."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from bank.site.reference import pages


class Command(BaseCommand):
    help = "Write docs/reference/ from the code; with --check, only say which pages are out of date."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="write nothing; fail when one is stale")

    def handle(self, *args: Any, check: bool, **options: Any) -> None:
        folder = settings.BASE_DIR / "docs" / "reference"
        folder.mkdir(parents=True, exist_ok=True)
        stale = [name for name, text in pages().items() if _read(folder / name) != text]
        if check and stale:
            raise CommandError(f"out of date: {', '.join(stale)}. Run: make reference")
        for name in stale:
            (folder / name).write_text(pages()[name])
        self.stdout.write(
            "docs/reference is up to date" if check else f"docs/reference: {len(stale)} written"
        )


def _read(path: Any) -> str | None:
    return path.read_text() if path.exists() else None
