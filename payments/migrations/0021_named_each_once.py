"""What a payment names is looked up once for all payments of a statement; indexes leave out who names nothing."""

from pathlib import Path

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

SQL = Path(__file__).resolve().parent.parent / "sql"
UNDONE = (
    "payment_names_each_once_undone.sql",
    "payment_names_what_is_there_undone.sql",
    "payment_names_what_is_there.sql",
)


class Migration(migrations.Migration):
    dependencies = [
        ("oauth", "0014_reviews_are_approvals"),
        ("payments", "0020_quotes_of_consents"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL(
            (SQL / "payment_names_each_once.sql").read_text(),
            "".join((SQL / each).read_text() for each in UNDONE),
        ),
        # Django drops every index of a column that loses its own: those that say "once" are made anew.
        migrations.RemoveConstraint(model_name="payment", name="payment_is_reversed_once"),
        migrations.RemoveConstraint(model_name="payment", name="payment_is_returned_once"),
        migrations.AlterField(
            model_name="payment",
            name="original",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="returns",
                to="payments.payment",
            ),
        ),
        migrations.AddConstraint(
            model_name="payment",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind", "reversal"), ("status", "ACCC")),
                fields=["original"],
                name="payment_is_reversed_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="payment",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind", "return")), fields=["original"], name="payment_is_returned_once"
            ),
        ),
        migrations.AlterField(
            model_name="payment",
            name="user",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AlterField(
            model_name="payment",
            name="consent",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                to="oauth.consent",
            ),
        ),
        migrations.AlterField(
            model_name="payment",
            name="fx_quote",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="payments",
                to="payments.fxquote",
            ),
        ),
        migrations.RemoveIndex(model_name="payment", name="payment_by_consent"),
        migrations.AddIndex(
            model_name="payment",
            index=models.Index(
                condition=models.Q(("consent__isnull", False)),
                fields=["consent", "-id"],
                name="payment_by_consent",
            ),
        ),
        migrations.AddIndex(
            model_name="payment",
            index=models.Index(
                condition=models.Q(("original__isnull", False)),
                fields=["original"],
                name="payment_by_original",
            ),
        ),
    ]
