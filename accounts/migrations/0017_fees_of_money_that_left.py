"""The fee of a payment that has left is booked with it, though the account was blocked meanwhile."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("accounts", "0016_entries")]

    operations = [
        migrations.RunSQL(
            (SQL / "post_entries_with_fees.sql").read_text(), (SQL / "post_entries_that_left.sql").read_text()
        ),
    ]
