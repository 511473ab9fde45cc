"""A moment is found by an index of every 64th entry: one of all of them cost each payment two writes."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("accounts", "0023_planned_by_index")]

    operations = [
        migrations.RunSQL(
            (SQL / "newest_entry.sql").read_text(), (SQL / "newest_entry_undone.sql").read_text()
        ),
        migrations.RemoveIndex(model_name="entry", name="entry_by_moment"),
    ]
