"""What a payment names is looked up once a statement, and not by a foreign key for each row."""

from pathlib import Path

from django.db import migrations, models

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0019_rules_asked_once_a_statement"),
        ("payments", "0018_standing_orders_abroad"),
    ]

    operations = [
        migrations.AlterField(
            model_name="payment",
            name="debtor_account",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=models.PROTECT,
                related_name="payments_out",
                to="accounts.account",
            ),
        ),
        migrations.AlterField(
            model_name="payment",
            name="creditor_account",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=models.PROTECT,
                related_name="payments_in",
                to="accounts.account",
            ),
        ),
        migrations.AlterField(
            model_name="payment",
            name="posting",
            field=models.OneToOneField(
                db_constraint=False, null=True, on_delete=models.PROTECT, to="accounts.posting"
            ),
        ),
        migrations.AlterField(
            model_name="payment",
            name="batch",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=models.PROTECT,
                related_name="payments",
                to="payments.paymentbatch",
            ),
        ),
        migrations.RunSQL(
            (SQL / "payment_names_what_is_there.sql").read_text(),
            (SQL / "payment_names_what_is_there_undone.sql").read_text(),
        ),
    ]
