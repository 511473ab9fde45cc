"""Payments to other banks: the database's own rules."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql"
WITHOUT_A_RAIL = (SQL / "rail_undone.sql").read_text() + (SQL / "returns.sql").read_text()


class Migration(migrations.Migration):
    dependencies = [("payments", "0010_the_rail"), ("accounts", "0014_money_that_left")]

    operations = [migrations.RunSQL((SQL / "rail.sql").read_text(), WITHOUT_A_RAIL)]
