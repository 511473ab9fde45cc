"""Money set aside for many payments at once, by one statement."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("accounts", "0017_fees_of_money_that_left")]

    operations = [
        migrations.RunSQL((SQL / "place_holds.sql").read_text(), "DROP FUNCTION public.place_holds"),
    ]
