"""The bank's clock, which a sandbox can move."""

from datetime import timedelta
from pathlib import Path

from django.db import migrations, models

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("bank_database", "0001_mark")]

    operations = [
        migrations.CreateModel(
            name="Clock",
            fields=[
                ("id", models.SmallIntegerField(primary_key=True, serialize=False)),
                ("ahead", models.DurationField()),
            ],
            options={
                "db_table": "bank_clock",
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("id", 1)), name="there_is_one_clock"),
                    models.CheckConstraint(
                        condition=models.Q(("ahead__gte", timedelta())), name="clock_is_never_behind"
                    ),
                ],
            },
        ),
        migrations.RunSQL((SQL / "clock.sql").read_text(), (SQL / "clock_undone.sql").read_text()),
    ]
