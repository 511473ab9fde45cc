from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("events", "0001_feeds_and_webhooks")]

    operations = [
        migrations.AlterModelOptions(
            name="webhookdelivery", options={"verbose_name_plural": "webhook deliveries"}
        ),
    ]
