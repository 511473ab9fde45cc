"""A moment on an account is found by halving its numbers: the index of moments cost each payment two writes."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("accounts", "0022_search_amounts")]

    operations = [
        migrations.RunSQL(
            (SQL / "newest_entry.sql").read_text(), (SQL / "newest_entry_undone.sql").read_text()
        ),
        migrations.RemoveIndex(model_name="entry", name="entry_by_moment"),
    ]
