"""Applies the grants and writes the mark after every migration."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class DatabaseConfig(AppConfig):
    name = "bank.database"
    label = "bank_database"

    def ready(self) -> None:
        from bank.database.mark import write_mark
        from bank.database.rights import apply_rights

        post_migrate.connect(apply_rights, sender=self)
        post_migrate.connect(write_mark, sender=self)
