"""The plural of an entry, as the admin writes it."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("accounts", "0015_accounts_for_fees_and_exchange")]

    operations = [
        migrations.AlterModelOptions(name="entry", options={"verbose_name_plural": "entries"}),
    ]
