"""A posting is looked up once for all its entries, and no longer for each."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("accounts", "0024_moments_of_every_64th_entry")]

    operations = [
        migrations.RunSQL(
            (SQL / "entries_of_postings.sql").read_text(),
            (SQL / "entries_of_postings_undone.sql").read_text(),
        ),
    ]
