"""`manage.py issue_api_key`: make a key for a service."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from audit.actor import system
from bank.access.permissions import SERVICE_SCOPES
from oauth.errors import ApiKeyRefused
from oauth.operations.api_keys import issue_api_key


class Command(BaseCommand):
    help = "Make an API key for a service and print it once; only its hash is kept."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("service", help="the name of who calls, such as `metrics-scraper`")
        parser.add_argument("--scope", action="append", required=True, choices=sorted(SERVICE_SCOPES))
        parser.add_argument("--network", action="append", default=[], help="such as 192.0.2.0/24")
        parser.add_argument("--days", type=int, default=90)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            issued = issue_api_key(
                service=options["service"],
                scopes=options["scope"],
                networks=options["network"],
                days=options["days"],
                by=system("command"),
            )
        except ApiKeyRefused as refused:
            raise CommandError(refused.detail) from refused
        self.stdout.write(issued.text)
