"""Payments to other banks may cost something: it is set aside with their money."""

from pathlib import Path

from django.db import migrations, models

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0015_days_of_the_rail"),
        ("accounts", "0017_fees_of_money_that_left"),
    ]

    operations = [
        migrations.AlterField(
            model_name="feerule",
            name="kind",
            field=models.CharField(
                choices=[("internal", "Internal"), ("external", "External"), ("fx", "Fx")], max_length=8
            ),
        ),
        migrations.RunSQL((SQL / "rail_fees.sql").read_text(), (SQL / "rail_fees_undone.sql").read_text()),
    ]
