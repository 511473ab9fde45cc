"""Where the rules begin: their numbers, the first leaf, and what the database keeps by itself."""

from pathlib import Path

from django.db import migrations

from watch.kinds import KINDS, LOOK_WITHIN_MINUTES
from watch.rules import RULES

SQL = Path(__file__).resolve().parent.parent / "sql"


def begin(apps, schema_editor):
    """Write each rule's numbers, and begin at the first leaf."""
    setting = apps.get_model("watch", "RuleSetting")
    setting.objects.bulk_create(
        setting(
            name=rule.name,
            threshold=rule.threshold,
            window_seconds=rule.window_seconds,
            look_within_minutes=LOOK_WITHIN_MINUTES[KINDS[rule.name].severity],
        )
        for rule in RULES.values()
    )
    apps.get_model("watch", "Cursor").objects.create(name="judge")


class Migration(migrations.Migration):
    dependencies = [("watch", "0001_watching"), ("approvals", "0002_approval_rules")]

    operations = [
        migrations.RunPython(begin, migrations.RunPython.noop),
        migrations.RunSQL(
            (SQL / "watch_rules.sql").read_text(), (SQL / "watch_rules_undone.sql").read_text()
        ),
    ]
