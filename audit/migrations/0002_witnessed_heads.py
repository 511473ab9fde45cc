"""Heads that witnesses have cosigned: what is published."""

from pathlib import Path

from django.db import migrations, models

SQL = Path(__file__).parent.parent / "sql" / "witnessed.sql"


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_log")]
    operations = [
        migrations.RunSQL(SQL.read_text(), "DROP TABLE audit.witnessed"),
        migrations.CreateModel(
            name="WitnessedHead",
            fields=[
                ("size", models.BigIntegerField(primary_key=True, serialize=False)),
                ("note", models.TextField()),
                ("witnessed_at", models.DateTimeField()),
            ],
            options={"db_table": 'audit"."witnessed', "managed": False},
        ),
    ]
