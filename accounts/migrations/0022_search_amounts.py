"""The smallest and largest amounts of the blocks of a long history; the worker adds them to the indexes there are."""

from pathlib import Path

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

SQL = Path(__file__).resolve().parent.parent / "sql"
UNDONE = ("search_amounts_undone.sql", "search_undone.sql", "search.sql")


class Migration(migrations.Migration):
    dependencies = [("accounts", "0021_search")]

    operations = [
        migrations.AddField(
            model_name="searchindex",
            name="summed",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.IntegerField(), db_default=[], default=list, size=None
            ),
        ),
        migrations.CreateModel(
            name="SearchAmounts",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "index",
                        "level",
                        "number",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("level", models.PositiveSmallIntegerField()),
                ("number", models.PositiveIntegerField()),
                ("least_credit", models.BigIntegerField(null=True)),
                ("most_credit", models.BigIntegerField(null=True)),
                ("least_debit", models.BigIntegerField(null=True)),
                ("most_debit", models.BigIntegerField(null=True)),
                (
                    "index",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="amounts",
                        to="accounts.searchindex",
                    ),
                ),
            ],
        ),
        migrations.RunSQL(
            (SQL / "search_amounts.sql").read_text(), "".join((SQL / each).read_text() for each in UNDONE)
        ),
    ]
