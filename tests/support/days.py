"""Which day it is for the bank, asked when it matters: a run goes on past midnight."""

from datetime import date

from django.utils import timezone

from payments.rules.due_dates import bank_day


def today() -> date:
    """Return the bank's day it is now."""
    return bank_day(timezone.now())
