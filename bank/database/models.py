"""The mark of a database. (`post_migrate`, which grants the rights, reaches only apps with models.)"""

from typing import ClassVar

from django.db import models


class Mark(models.Model):
    """An environment this database was migrated under."""

    environment = models.CharField(max_length=16, primary_key=True)

    database_rights: ClassVar[dict[str, str]] = {"bank_app": "SELECT"}

    class Meta:
        db_table = "bank_database_mark"

    def __str__(self) -> str:
        return self.environment
