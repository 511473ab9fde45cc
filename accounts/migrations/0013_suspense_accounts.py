"""The bank's own accounts for money it cannot yet give to whom it belongs."""

from django.db import migrations

from accounts.money import CURRENCIES


def open_suspense_accounts(apps, schema_editor):
    account = apps.get_model("accounts", "Account")
    account.objects.bulk_create(
        account(name=f"Suspense {currency}", kind="suspense", currency=currency, status="ENABLED")
        for currency in CURRENCIES
    )


def close_suspense_accounts(apps, schema_editor):
    apps.get_model("accounts", "Account").objects.filter(kind="suspense").delete()


class Migration(migrations.Migration):
    dependencies = [("accounts", "0012_holds_without_an_end")]

    operations = [migrations.RunPython(open_suspense_accounts, close_suspense_accounts)]
