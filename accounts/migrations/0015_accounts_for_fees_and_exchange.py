"""The bank's own accounts for fees and for exchange, in each currency."""

from django.db import migrations

from accounts.money import CURRENCIES

KINDS = {"fees": "Fees", "fx": "Exchange"}


def open_accounts(apps, schema_editor):
    account = apps.get_model("accounts", "Account")
    account.objects.bulk_create(
        account(name=f"{name} {currency}", kind=kind, currency=currency, status="ENABLED")
        for kind, name in KINDS.items()
        for currency in CURRENCIES
    )


def close_accounts(apps, schema_editor):
    apps.get_model("accounts", "Account").objects.filter(kind__in=KINDS).delete()


class Migration(migrations.Migration):
    dependencies = [("accounts", "0014_money_that_left")]

    operations = [migrations.RunPython(open_accounts, close_accounts)]
