"""What the database keeps of emergency access and access reviews by itself."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("oauth", "0012_staff_access"), ("approvals", "0002_approval_rules")]

    operations = [
        migrations.RunSQL(
            (SQL / "staff_access.sql").read_text(), (SQL / "staff_access_undone.sql").read_text()
        ),
    ]
