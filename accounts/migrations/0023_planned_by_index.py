"""Booking and indexing read by key, whatever PostgreSQL knew of the tables when a connection began."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("accounts", "0022_search_amounts")]

    operations = [
        migrations.RunSQL(
            (SQL / "planned_by_index.sql").read_text(), (SQL / "planned_by_index_undone.sql").read_text()
        ),
    ]
