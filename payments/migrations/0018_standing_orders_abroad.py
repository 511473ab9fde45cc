"""Standing orders may pay accounts at other banks: name and number are kept sealed."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import bank.crypto.fields


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0017_fees_of_money_that_left"),
        ("payments", "0017_batches_leave_the_bank"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="standingorder",
            name="creditor_iban",
            field=bank.crypto.fields.EncryptedTextField(null=True),
        ),
        migrations.AddField(
            model_name="standingorder",
            name="creditor_name",
            field=bank.crypto.fields.EncryptedTextField(null=True),
        ),
        migrations.AlterField(
            model_name="standingorder",
            name="creditor_account",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="accounts.account",
            ),
        ),
        migrations.AddConstraint(
            model_name="standingorder",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("creditor_account__isnull", False),
                        ("creditor_iban__isnull", True),
                        ("creditor_name__isnull", True),
                    ),
                    models.Q(
                        ("creditor_account__isnull", True),
                        ("creditor_iban__isnull", False),
                        ("creditor_name__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="standing_order_pays_one_creditor",
            ),
        ),
    ]
