"""Holds: the database's own rules, and the ledger's one write that captures them."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql"
WITHOUT_HOLDS = "DROP FUNCTION public.post_entries;\n" + (SQL / "post_entries.sql").read_text()


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_holds")]

    operations = [
        migrations.RunSQL((SQL / "holds.sql").read_text(), (SQL / "holds_undone.sql").read_text()),
        migrations.RunSQL((SQL / "post_entries_and_holds.sql").read_text(), WITHOUT_HOLDS),
    ]
