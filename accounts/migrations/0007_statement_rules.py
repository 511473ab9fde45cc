"""Statements: the database's own rules."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("accounts", "0006_statements")]

    operations = [
        migrations.RunSQL(
            (SQL / "statement_rules.sql").read_text(), (SQL / "statement_rules_undone.sql").read_text()
        ),
    ]
