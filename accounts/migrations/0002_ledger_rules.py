"""The database's own rules of the ledger, its one write, and the bank's own accounts."""

from pathlib import Path

from django.db import migrations

from accounts.money import CURRENCIES

SQL = Path(__file__).resolve().parent.parent / "sql"


def open_settlement_accounts(apps, schema_editor):
    """Open, for each currency, the account where money comes in from outside and goes out."""
    account = apps.get_model("accounts", "Account")
    account.objects.bulk_create(
        account(name=f"Settlement {currency}", kind="settlement", currency=currency, status="ENABLED")
        for currency in CURRENCIES
    )


def close_settlement_accounts(apps, schema_editor):
    apps.get_model("accounts", "Account").objects.filter(kind="settlement").delete()


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_customers_accounts_ledger")]

    operations = [
        migrations.RunSQL(
            (SQL / "ledger_rules.sql").read_text(), (SQL / "ledger_rules_undone.sql").read_text()
        ),
        migrations.RunSQL((SQL / "post_entries.sql").read_text(), "DROP FUNCTION public.post_entries"),
        migrations.RunPython(open_settlement_accounts, close_settlement_accounts),
    ]
