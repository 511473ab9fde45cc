"""Approvals are dated and decided by the bank's clock, which a sandbox can move."""

from pathlib import Path

from django.db import migrations, models

import bank.clock

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [
        ("bank_database", "0002_clock"),
        ("approvals", "0002_approval_rules"),
    ]

    operations = [
        migrations.AlterField(
            model_name="approval",
            name="requested_at",
            field=models.DateTimeField(db_default=bank.clock.BankNow()),
        ),
        migrations.RunSQL((SQL / "approvals_by_the_clock.sql").read_text(), migrations.RunSQL.noop),
    ]
