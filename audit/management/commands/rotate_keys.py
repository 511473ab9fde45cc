"""Renews the master key while the bank runs: `manage.py rotate_keys`."""

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import ProgrammingError

from audit import master_keys
from audit.actor import system
from bank import clock
from bank.crypto import in_force
from bank.crypto.errors import CannotOpen, KeysNotWritable
from bank.crypto.places import places

BY = system("rotate_keys")
BATCH = 500


class Command(BaseCommand):
    help = (
        "Make a new master key, let it seal, and move all that lies under older keys to it, while the bank "
        "runs. A run that was interrupted goes on. Run it with the owner's database login."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare what else can be asked for."""
        parser.add_argument("--status", action="store_true", help="only say what lies under which key")
        parser.add_argument(
            "--retire", action="store_true", help="take keys nothing lies under any more off the ring"
        )
        parser.add_argument("--batch", type=int, default=BATCH, help="rows moved in one transaction")

    def handle(self, *args: Any, **options: Any) -> None:
        """Go through the steps, telling each."""
        if options["batch"] < 1:
            raise CommandError("a batch has one row or more")
        try:
            if not options["status"]:
                with master_keys.alone():
                    self._retire() if options["retire"] else self._rotate(options["batch"])
        except (master_keys.RotationRefused, KeysNotWritable, CannotOpen) as error:
            raise CommandError(str(error)) from error
        except ProgrammingError as error:
            raise CommandError(f"run this with the owner's database login: {error}") from error
        self._tell_status()

    def _rotate(self, batch: int) -> None:
        waiting = master_keys.waiting_key(in_force.ring(at_once=True))
        if waiting is None and not master_keys.has_stale():
            waiting = master_keys.begin(by=BY)
            self.stdout.write(f"{waiting} was made")
        if waiting:
            time.sleep(2 * in_force.LOOK_AGAIN_SECONDS)  # every process has seen it: searches find its rows
            master_keys.activate(waiting, today=clock.today(), by=BY)
            self.stdout.write(f"{waiting} seals now")
        moved = master_keys.reseal(batch=batch, tell=self._tell_progress, by=BY)
        self.stdout.write(f"{moved} rows moved")

    def _retire(self) -> None:
        gone = master_keys.retire(by=BY)
        self.stdout.write(f"retired: {', '.join(gone)}" if gone else "no key is out of use")

    def _tell_progress(self, place: str, moved: int) -> None:
        self.stdout.write(f"  {place}: {moved}")

    def _tell_status(self) -> None:
        ring = in_force.ring(at_once=True)
        for key in ring.keys.values():
            state = "seals" if key.id == ring.active_id else "waits" if key.waits else "opens"
            self.stdout.write(f"{key.id} {state}, since {key.since or 'unknown'}")
        for place in places():
            counts = ", ".join(f"{key} {count}" for key, count in sorted(place.counts().items()))
            self.stdout.write(f"  {place.name}: {counts or 'nothing'}")
