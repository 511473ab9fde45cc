"""Batches pay accounts elsewhere too: all may be taken while some are with the rail."""

from pathlib import Path

from django.db import migrations, models

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("payments", "0016_fees_of_the_rail"), ("accounts", "0018_holds_of_a_batch")]

    operations = [
        migrations.AlterField(
            model_name="paymentbatch",
            name="status",
            field=models.CharField(
                choices=[
                    ("RCVD", "Received"),
                    ("ACCC", "Completed"),
                    ("ACSP", "In Process"),
                    ("PART", "Partly"),
                    ("RJCT", "Rejected"),
                ],
                default="RCVD",
                max_length=4,
            ),
        ),
        migrations.RemoveConstraint(model_name="paymentbatch", name="atomic_batch_is_all_or_none"),
        migrations.AddConstraint(
            model_name="paymentbatch",
            constraint=models.CheckConstraint(
                condition=models.Q(("mode", "atomic"), ("status__in", ["PART", "ACSP"]), _negated=True),
                name="atomic_batch_is_all_or_none",
            ),
        ),
        migrations.RunSQL(
            (SQL / "batches_leave.sql").read_text(), (SQL / "batches_leave_undone.sql").read_text()
        ),
    ]
