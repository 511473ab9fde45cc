"""What was asked for can be taken back: the thing it is about moved on."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("approvals", "0003_dated_by_the_banks_clock"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="approval",
            name="decision_names_who_decided",
        ),
        migrations.AlterField(
            model_name="approval",
            name="status",
            field=models.CharField(
                choices=[
                    ("PENDING", "Pending"),
                    ("APPROVED", "Approved"),
                    ("REJECTED", "Rejected"),
                    ("EXPIRED", "Expired"),
                    ("WITHDRAWN", "Withdrawn: the thing itself moved on"),
                ],
                default="PENDING",
                max_length=9,
            ),
        ),
        migrations.AddConstraint(
            model_name="approval",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("decided_by__isnull", False), ("status__in", ["APPROVED", "REJECTED"])),
                    models.Q(
                        ("decided_by__isnull", True), ("status__in", ["PENDING", "EXPIRED", "WITHDRAWN"])
                    ),
                    _connector="OR",
                ),
                name="decision_names_who_decided",
            ),
        ),
    ]
