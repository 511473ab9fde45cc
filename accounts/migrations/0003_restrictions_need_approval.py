"""Freezing, blocks and overdrafts need an approval: the database's own rule."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_ledger_rules"), ("approvals", "0002_approval_rules")]

    operations = [
        migrations.RunSQL(
            (SQL / "restrictions.sql").read_text(), (SQL / "restrictions_undone.sql").read_text()
        ),
    ]
