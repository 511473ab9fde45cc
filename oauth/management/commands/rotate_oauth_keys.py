"""Renews the keys the bank signs ID tokens with, while it runs."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from audit.actor import system
from oauth.errors import KeysNotRotatable
from oauth.operations import replace_signing_keys, rotate_signing_keys

BY = system("rotate_oauth_keys")
SIGNS_IN_SECONDS = 900
OVERLAP_SECONDS = 24 * 3600


class Command(BaseCommand):
    help = (
        "Add new keys to the file of OAUTH_SIGNING_KEYS: published at once, signing after --signs-in; the "
        "old ones stay published for --overlap more. Running processes read the file again by themselves."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--signs-in", type=int, default=SIGNS_IN_SECONDS, help="seconds until new keys sign"
        )
        parser.add_argument(
            "--overlap", type=int, default=OVERLAP_SECONDS, help="seconds old keys stay after that"
        )
        parser.add_argument(
            "--compromised",
            action="store_true",
            help="take the old keys away at once: nothing they signed verifies any more",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.OAUTH_SIGNING_KEYS.lstrip().startswith("{"):
            raise CommandError(
                "OAUTH_SIGNING_KEYS holds the keys themselves: give the path of a file to rotate them"
            )
        if min(options["signs_in"], options["overlap"]) < 0:
            raise CommandError("seconds cannot be less than none")
        try:
            added = self._rotate(Path(settings.OAUTH_SIGNING_KEYS), options)
        except KeysNotRotatable as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"new keys: {' '.join(added)}")

    def _rotate(self, path: Path, options: dict[str, Any]) -> list[str]:
        if options["compromised"]:
            return replace_signing_keys(path, now=timezone.now(), by=BY)
        times = {"signs_in": options["signs_in"], "overlap": options["overlap"]}
        return rotate_signing_keys(path, now=timezone.now(), by=BY, **times)
