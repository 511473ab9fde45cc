"""The log's schema, tables, rights and triggers; and the two tables that are shown, as Django sees them."""

from pathlib import Path

from django.db import migrations, models

SQL = Path(__file__).parent.parent / "sql" / "log.sql"


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.RunSQL(SQL.read_text(), "DROP SCHEMA audit CASCADE"),
        migrations.CreateModel(
            name="Checkpoint",
            fields=[
                ("size", models.BigIntegerField(primary_key=True, serialize=False)),
                ("root", models.BinaryField()),
                ("frontier", models.BinaryField()),
                ("note", models.TextField()),
                ("sealed_at", models.DateTimeField()),
            ],
            options={"db_table": 'audit"."checkpoint', "managed": False},
        ),
        migrations.CreateModel(
            name="Leaf",
            fields=[
                ("index", models.BigIntegerField(primary_key=True, serialize=False)),
                ("event_id", models.UUIDField(unique=True)),
                ("recorded_at", models.DateTimeField()),
                ("kind", models.TextField()),
                ("outcome", models.TextField()),
                ("subject", models.TextField()),
                ("target", models.TextField()),
                ("body", models.BinaryField()),
                ("hash", models.BinaryField()),
            ],
            options={"verbose_name_plural": "leaves", "db_table": 'audit"."leaf', "managed": False},
        ),
    ]
