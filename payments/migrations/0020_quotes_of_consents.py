"""A quote may be held for an app: under one consent, with the least its customer agreed to."""

from pathlib import Path

from django.db import migrations, models

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [
        ("oauth", "0001_identity_and_tokens"),
        ("payments", "0019_named_by_statement"),
    ]

    operations = [
        migrations.AddField(
            model_name="fxquote",
            name="consent",
            field=models.ForeignKey(db_index=False, null=True, on_delete=models.PROTECT, to="oauth.consent"),
        ),
        migrations.AddField(
            model_name="fxquote",
            name="least",
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddConstraint(
            model_name="fxquote",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("least__isnull", True),
                    models.Q(("consent__isnull", False), ("least__gt", 0)),
                    _connector="OR",
                ),
                name="only_a_quote_of_a_consent_has_a_least",
            ),
        ),
        migrations.RunSQL(
            (SQL / "quotes_of_consents.sql").read_text(),
            (SQL / "quotes_of_consents_undone.sql").read_text(),
        ),
    ]
