"""Makes the keys ID tokens are signed with."""

import json
import os
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from oauth import signing_keys


class Command(BaseCommand):
    help = "Write a new private JWK Set for OAUTH_SIGNING_KEYS; an existing file is left as it is."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--out", required=True, help="the file to make, readable by its owner alone")

    def handle(self, *args: Any, **options: Any) -> None:
        path = Path(options["out"])
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            self.stdout.write(f"{path} is there already")
            return
        except OSError as error:
            raise CommandError(f"{path} cannot be written: {error.strerror}") from error
        with os.fdopen(descriptor, "w") as file:
            json.dump(signing_keys.generate(), file, indent=2)
        self.stdout.write(f"wrote {path}")
