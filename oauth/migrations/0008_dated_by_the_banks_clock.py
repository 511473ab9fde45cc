"""Rows are dated by the bank's clock, which a sandbox can move."""

from django.db import migrations, models

import bank.clock


class Migration(migrations.Migration):
    dependencies = [
        ("bank_database", "0002_clock"),
        ("oauth", "0007_what_apps_looked_at"),
    ]

    operations = [
        migrations.AlterField(
            model_name="consent",
            name="created_at",
            field=models.DateTimeField(db_default=bank.clock.BankNow()),
        ),
    ]
