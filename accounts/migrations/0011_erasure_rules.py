"""Erasure: the database's own rules."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("accounts", "0010_erased_customer_is_nobody")]

    operations = [
        migrations.RunSQL((SQL / "erasure.sql").read_text(), (SQL / "erasure_undone.sql").read_text()),
    ]
