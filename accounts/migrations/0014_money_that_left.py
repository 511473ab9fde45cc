"""What was set aside for the settlement account and has left is booked, though the account was blocked meanwhile."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("accounts", "0013_suspense_accounts")]

    operations = [
        migrations.RunSQL(
            (SQL / "post_entries_that_left.sql").read_text(), (SQL / "post_entries_and_holds.sql").read_text()
        ),
    ]
