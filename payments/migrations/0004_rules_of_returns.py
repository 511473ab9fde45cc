"""Refunds and reversals: the database's own rules."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("payments", "0003_returns"), ("approvals", "0002_approval_rules")]

    operations = [
        migrations.RunSQL((SQL / "returns.sql").read_text(), (SQL / "returns_undone.sql").read_text()),
    ]
