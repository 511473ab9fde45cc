"""Exchange, fees and limits: the database's own rules."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0012_exchange_fees_and_limits"),
        ("approvals", "0002_approval_rules"),
    ]

    operations = [
        migrations.RunSQL((SQL / "terms.sql").read_text(), (SQL / "terms_undone.sql").read_text()),
    ]
