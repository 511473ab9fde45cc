"""What the database keeps of four eyes by itself."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("approvals", "0001_approvals")]

    operations = [
        migrations.RunSQL(
            (SQL / "approval_rules.sql").read_text(), (SQL / "approval_rules_undone.sql").read_text()
        ),
    ]
