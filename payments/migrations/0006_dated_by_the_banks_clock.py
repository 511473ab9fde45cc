"""Rows are dated by the bank's clock, which a sandbox can move."""

from django.db import migrations, models

import bank.clock


class Migration(migrations.Migration):
    dependencies = [
        ("bank_database", "0002_clock"),
        ("payments", "0005_standing_orders"),
    ]

    operations = [
        migrations.AlterField(
            model_name="payment",
            name="created_at",
            field=models.DateTimeField(db_default=bank.clock.BankNow()),
        ),
        migrations.AlterField(
            model_name="standingorder",
            name="created_at",
            field=models.DateTimeField(db_default=bank.clock.BankNow()),
        ),
        migrations.AlterField(
            model_name="standingorderrun",
            name="ran_at",
            field=models.DateTimeField(db_default=bank.clock.BankNow()),
        ),
    ]
