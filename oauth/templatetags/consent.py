"""The small print under each sentence of the consent page."""

from datetime import datetime
from urllib.parse import urlsplit

from django import template
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from bank.access import permissions as p
from bank.access.permissions import all_permissions

register = template.Library()

_DETAILS = {
    p.ME_READ: _("Your name, e-mail address and telephone number, as the bank knows them."),
    p.ACCOUNTS_READ: _("The name you gave each account you tick, its kind, its currency and its IBAN."),
    p.BALANCES_READ: _("What is booked and what you can spend, whenever the app asks."),
    p.TRANSACTIONS_READ: _(
        "For each transaction: the day, the amount, the other side’s name and the reference."
    ),
    p.FUNDS_CONFIRM: _("The app names an amount and hears yes or no."),
    p.PAYMENTS_CREATE: _(
        "The app can send money from the accounts you tick, up to what they hold, without asking here again."
    ),
    p.FX_QUOTE: _(
        "The bank holds its rate for one minute and one payment. You are not asked about the rate."
    ),
    p.PAYMENTS_READ: _("The state of payments made through this app, and of no others."),
    p.CONSENTS_READ: _("What you allowed, when, and until when."),
}


@register.filter
def small_print(sentence: str) -> object:
    """Return what a sentence means in detail, or nothing."""
    for name, permission in all_permissions().items():
        if permission.sentence and gettext(permission.sentence) == sentence:
            return _DETAILS.get(name, "")
    return ""


@register.filter
def days_after(end: datetime, start: datetime) -> int:
    """Return how many days a consent lasts."""
    return (end - start).days


@register.filter
def host(address: str) -> str:
    """Return the host of an address: what a person can recognise."""
    return urlsplit(address).hostname or ""
