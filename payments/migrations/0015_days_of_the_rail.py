"""Days of the rail whose two books were compared; indexes to find what went back on a day."""

from django.db import migrations, models
from django.db.models import Q

from bank.clock import BankNow


class Migration(migrations.Migration):
    dependencies = [("payments", "0014_batches")]

    operations = [
        migrations.CreateModel(
            name="RailDay",
            fields=[
                ("day", models.DateField(primary_key=True, serialize=False)),
                ("lines", models.PositiveIntegerField()),
                ("differences", models.PositiveIntegerField()),
                ("compared_at", models.DateTimeField(db_default=BankNow())),
            ],
        ),
        migrations.AddIndex(
            model_name="railtransfer",
            index=models.Index(
                fields=["returned_on"],
                condition=Q(("returned_on__isnull", False)),
                name="transfer_by_return_day",
            ),
        ),
        migrations.AddIndex(
            model_name="incomingpayment",
            index=models.Index(
                fields=["returned_on"],
                condition=Q(("returned_on__isnull", False)),
                name="incoming_by_return_day",
            ),
        ),
    ]
