"""What is booked finds its accounts by their index: a thousand payments read every account of the bank before."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("accounts", "0019_rules_asked_once_a_statement")]

    operations = [
        migrations.RunSQL(
            (SQL / "post_entries_by_index.sql").read_text(), (SQL / "post_entries_at_once.sql").read_text()
        ),
    ]
