"""Check the review of a day: its signature, and with --recount what it says against the log."""

import json
from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management import BaseCommand, CommandError

from audit.history import Head
from watch import review_key
from watch.models import DailyReview
from watch.operations.reviews import summary


class Command(BaseCommand):
    """verify_review DAY [--key FILE] [--recount]"""

    help = "Check who signed the review of a day, and what it says against the log."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the day, and where the public key is pinned."""
        parser.add_argument("day", type=date.fromisoformat, help="YYYY-MM-DD (UTC)")
        parser.add_argument("--key", type=Path, help="the public key to believe; the bank's own by default")
        parser.add_argument("--recount", action="store_true", help="count the day's events in the log anew")

    def handle(self, *args: Any, day: date, key: Path | None, recount: bool, **options: Any) -> None:
        """Say what holds; raises CommandError (exit status 1) when anything does not."""
        review = DailyReview.objects.filter(day=day).first()
        if review is None:
            raise CommandError(f"there is no review of {day}")
        if not review_key.is_ours(review.note, key):
            raise CommandError(f"the review of {day} is NOT what the bank's key signed")
        said = json.loads(review_key.text_of(review.note))
        if said["day"] != str(day):
            raise CommandError(f"this is the review of {said['day']}, kept as that of {day}")
        if recount and summary(day, said["first_leaf"], _head(said)) != said:
            raise CommandError(f"the log says something else of {day} than its review")
        self.stdout.write(f"{day}: signed, {said['size'] - said['first_leaf']} events")


def _head(said: dict[str, Any]) -> Head | None:
    return Head(said["size"], said["root"]) if said["root"] else None
