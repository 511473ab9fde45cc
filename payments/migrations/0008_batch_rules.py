"""Batches: the database's own rules."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("payments", "0007_batches")]

    operations = [
        migrations.RunSQL((SQL / "batches.sql").read_text(), (SQL / "batches_undone.sql").read_text()),
    ]
