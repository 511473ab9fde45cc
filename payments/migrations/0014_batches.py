"""The plural of a batch, as the admin writes it."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("payments", "0013_rules_of_terms")]

    operations = [
        migrations.AlterModelOptions(name="paymentbatch", options={"verbose_name_plural": "payment batches"}),
    ]
