"""The one way to destroy openings of the log."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [
        ("privacy", "0001_exports_erasures_unmaskings"),
        ("audit", "0001_log"),
        ("approvals", "0002_approval_rules"),
    ]

    operations = [
        migrations.RunSQL(
            (SQL / "destroy_openings.sql").read_text(), (SQL / "destroy_openings_undone.sql").read_text()
        ),
    ]
