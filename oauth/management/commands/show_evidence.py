"""`manage.py show_evidence msg_…`: what was signed, by which key, and whether it still holds."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from bank.crypto.errors import CannotOpen
from oauth.models import SignedMessage
from oauth.operations.evidence import open_evidence


class Command(BaseCommand):
    help = "Show a signed message and check its signature again. Exit status 1: it does not hold."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the id, as the audit event `message.signed` names it."""
        parser.add_argument("message")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the evidence; raises CommandError where there is none, or it does not hold."""
        try:
            message = SignedMessage.objects.select_related("client").get(id=options["message"])
            evidence = open_evidence(message)
        except (SignedMessage.DoesNotExist, ValueError, CannotOpen) as error:
            raise CommandError("There is no such message, or it was damaged.") from error
        self.stdout.write(
            f"{message.kind} of {message.client.client_id}, {message.created_at:%Y-%m-%d %H:%M:%S} UTC"
        )
        self.stdout.write(f"digest    {message.digest}\nkey       {json.dumps(evidence.key)}")
        self.stdout.write(f"signature {evidence.signature}\n\n{evidence.base}\n")
        if not evidence.holds() or evidence.digest != message.digest:
            raise CommandError("The signature does not hold.")
        self.stdout.write("The signature holds.")
