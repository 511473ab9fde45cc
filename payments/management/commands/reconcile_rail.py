"""`manage.py reconcile_rail [--on YYYY-MM-DD]`: compare the rail's book of a day with ours; 1: not equal."""

import sys
import time
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from audit.actor import system
from bank import clock
from payments.operations import reconcile
from payments.operations.reconciliation import Reconciled
from payments.rails import rail
from payments.rails.wire import RailSilent

PATIENCE_SECONDS = 20.0  # longer than a probe of somebody else's takes
PAUSE_SECONDS = 0.5


class Command(BaseCommand):
    help = "Ask the rail about what is unknown, take its book of a day in, and compare it with ours."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--on", type=date.fromisoformat, help="the rail's day (today)")

    def handle(self, *args: Any, on: date | None, **options: Any) -> None:
        if not rail.is_connected():
            raise CommandError("this bank is not connected to a rail: set RAIL_URL")
        try:
            outcome = _reconciled(on or clock.today())
        except (RailSilent, *rail.NOT_CALLED) as error:
            raise CommandError(
                f"the rail does not answer ({type(error).__name__}); try again later"
            ) from error
        for (number, _, currency), (ours, theirs) in outcome.differences.items():
            self.stdout.write(f"{number} {currency}: ours {ours}, theirs {theirs}")
        self.stdout.write(f"{outcome.day}: {outcome.ours} lines, {len(outcome.differences)} differences")
        if not outcome.is_equal:
            sys.exit(1)


def _reconciled(day: date) -> Reconciled:
    """Compare, however open the breaker is: a person asks. Raises RailSilent once the rail was called."""
    ends_at = time.monotonic() + PATIENCE_SECONDS
    while True:
        rail.end_wait()
        try:
            return reconcile(day, by=system("rail"))
        except rail.NOT_CALLED:  # somebody else's probe, or every place taken
            if time.monotonic() > ends_at:
                raise
            time.sleep(PAUSE_SECONDS)
