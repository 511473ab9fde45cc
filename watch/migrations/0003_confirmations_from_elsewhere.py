"""The numbers of a new rule: an answer from another session. A bank set up since has them already."""

from django.db import migrations


def begin(apps, schema_editor):
    """Write the rule's numbers."""
    setting = apps.get_model("watch", "RuleSetting")
    row = setting(
        name="confirmation_from_elsewhere", threshold=1, window_seconds=3600, look_within_minutes=15
    )
    setting.objects.bulk_create([row], ignore_conflicts=True)


class Migration(migrations.Migration):
    dependencies = [("watch", "0002_rules")]

    operations = [migrations.RunPython(begin, migrations.RunPython.noop)]
