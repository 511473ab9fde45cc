"""Rows are dated by the bank's clock, which a sandbox can move; so are entries and the end of holds.

The file of `post_entries` says the present function, and is run anew.
"""

from pathlib import Path

from django.db import migrations, models

import bank.clock

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [
        ("bank_database", "0002_clock"),
        ("accounts", "0008_when_an_account_was_taken_out"),
    ]

    operations = [
        migrations.AlterField(
            model_name="account",
            name="opened_at",
            field=models.DateTimeField(db_default=bank.clock.BankNow()),
        ),
        migrations.AlterField(
            model_name="customer",
            name="created_at",
            field=models.DateTimeField(db_default=bank.clock.BankNow()),
        ),
        migrations.AlterField(
            model_name="hold",
            name="placed_at",
            field=models.DateTimeField(db_default=bank.clock.BankNow()),
        ),
        migrations.RunSQL((SQL / "post_entries_and_holds.sql").read_text(), migrations.RunSQL.noop),
        migrations.RunSQL((SQL / "holds_by_the_clock.sql").read_text(), migrations.RunSQL.noop),
    ]
