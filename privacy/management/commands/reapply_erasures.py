"""Erase again whoever the ledger names: after a restore, before the bank serves anybody."""

from typing import Any

from django.core.management.base import BaseCommand

from audit.actor import system
from privacy.operations import reapply_erasures


class Command(BaseCommand):
    """manage.py reapply_erasures"""

    help = "Erases again everybody in the ledger of erasures whom this database still holds."

    def handle(self, *_: Any, **__: Any) -> None:
        """Erase, and say how many; running it again changes nothing."""
        again = reapply_erasures(by=system("reapply-erasures"))
        for customer in again:
            self.stdout.write(f"{customer} erased again")
        self.stdout.write(f"{len(again)} erased again; the ledger and the database agree")
