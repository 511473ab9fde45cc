"""An index of what is written in long histories, made behind the ledger."""

from pathlib import Path

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0020_booked_by_index"),
    ]

    operations = [
        migrations.CreateModel(
            name="SearchIndex",
            fields=[
                (
                    "account",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="search_index",
                        serialize=False,
                        to="accounts.account",
                    ),
                ),
                ("block", models.PositiveSmallIntegerField()),
                ("fan", models.PositiveSmallIntegerField()),
                ("letters", models.PositiveSmallIntegerField()),
                ("page", models.PositiveSmallIntegerField()),
                (
                    "built",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.IntegerField(), default=list, size=None
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("block__gte", 1), ("fan__gte", 2), ("letters__gte", 1), ("page__gte", 1)
                        ),
                        name="search_index_has_a_shape",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SearchPage",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "index",
                        "level",
                        "number",
                        "first",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("level", models.PositiveSmallIntegerField()),
                ("number", models.PositiveIntegerField()),
                ("first", models.TextField(db_collation="C")),
                ("endings", models.TextField()),
                (
                    "index",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="pages",
                        to="accounts.searchindex",
                    ),
                ),
            ],
        ),
        migrations.RunSQL((SQL / "search.sql").read_text(), (SQL / "search_undone.sql").read_text()),
    ]
