"""`manage.py create_login`: make a login for somebody who works at the bank: the one way to the first."""

import argparse
import re
import secrets
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from audit.actor import system
from bank.access.roles import STAFF_ROLES
from oauth.errors import LoginNameTaken
from oauth.operations.new_logins import create_login

NAME = re.compile(r"[a-z][a-z0-9._-]{2,63}", re.ASCII)


class Command(BaseCommand):
    help = "Make a login for a member of staff and print its password once; only its hash is kept."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username", type=_name, help="3 to 64 small letters, digits, dots, lines")
        parser.add_argument("--role", action="append", required=True, choices=sorted(STAFF_ROLES))

    def handle(self, *args: Any, **options: Any) -> None:
        password = secrets.token_urlsafe(18)
        try:
            create_login(options["username"], password=password, roles=options["role"], by=system("command"))
        except LoginNameTaken as taken:
            raise CommandError(str(taken)) from taken
        self.stdout.write(password)
        self.stderr.write(
            f"Sign in at {settings.PUBLIC_ORIGIN}/admin/, add a second factor (the admin opens for nobody"
            " without), and choose a password of your own."
        )


def _name(text: str) -> str:
    if not NAME.fullmatch(text):
        raise argparse.ArgumentTypeError(
            "a login's name begins with a small letter and has 3 to 64 small letters, digits, '.', '_' or '-'"
        )
    return text
