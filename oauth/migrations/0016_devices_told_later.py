"""A mail of a new device that cannot be sent is put off. Both columns have a default: no row is rewritten."""

from django.db import migrations, models
from django.db.models.functions import Now


class Migration(migrations.Migration):
    dependencies = [("oauth", "0015_confirmations_of_a_session")]

    operations = [
        migrations.AddField(
            model_name="knowndevice",
            name="attempts",
            field=models.PositiveSmallIntegerField(db_default=0),
        ),
        migrations.AddField(
            model_name="knowndevice",
            name="due_at",
            field=models.DateTimeField(db_default=Now()),
        ),
    ]
