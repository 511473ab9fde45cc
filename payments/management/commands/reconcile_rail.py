"""`manage.py reconcile_rail [--on YYYY-MM-DD]`: compare the rail's book of a day with ours; 1: not equal."""

import sys
from datetime import UTC, date, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from audit.actor import system
from payments.operations import reconcile
from payments.rails import rail
from payments.rails.wire import RailSilent


class Command(BaseCommand):
    help = "Ask the rail about what is unknown, take its book of a day in, and compare it with ours."

    def add_arguments(self, parser: CommandParser) -> None:
        today = datetime.now(UTC).date()
        parser.add_argument("--on", type=date.fromisoformat, default=today, help="the rail's day (today)")

    def handle(self, *args: Any, on: date, **options: Any) -> None:
        if not rail.is_connected():
            raise CommandError("this bank is not connected to a rail: set RAIL_URL")
        try:
            outcome = reconcile(on, by=system("rail"))
        except (RailSilent, *rail.NOT_CALLED) as error:
            raise CommandError(
                f"the rail does not answer ({type(error).__name__}); try again later"
            ) from error
        for (number, _, currency), (ours, theirs) in outcome.differences.items():
            self.stdout.write(f"{number} {currency}: ours {ours}, theirs {theirs}")
        self.stdout.write(f"{on}: {outcome.ours} lines, {len(outcome.differences)} differences")
        if not outcome.is_equal:
            sys.exit(1)
