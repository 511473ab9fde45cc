"""What an erasure did and what hinders one, as the person reads it: no name of a table, no id of a row."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.queries import list_accounts
from accounts.rules import masked
from audit.actor import Actor
from bank.errors import FieldError
from bank.language import say_date
from oauth.queries import list_apps_of

_BOOKED = _("What was booked on your accounts")
_SEARCHED = _("The index in which your history is searched")
_SIGN_INS = _("Sign-ins that failed")
_KEYS = _("What lets an app in: codes and keys, hashed")
_ORDERS = _("Standing orders and what became of them")
_OF_STAFF = _("For people who work at the bank: who looked after their rights")

# By the name of the table in the register of personal data (bank/privacy/register.py).
TABLES: dict[str, Any] = {
    "accounts.Account": _("Your accounts"),
    "accounts.AccountHolder": _("Whose the accounts were"),
    "accounts.ConsentAccount": _("Which accounts you let apps see"),
    "accounts.Customer": _("Your name, address, e-mail address, telephone number and date of birth"),
    "accounts.Entry": _BOOKED,
    "accounts.Hold": _("Money set aside"),
    "accounts.Posting": _BOOKED,
    "accounts.SearchAmounts": _SEARCHED,
    "accounts.SearchIndex": _SEARCHED,
    "accounts.SearchPage": _SEARCHED,
    "accounts.Statement": _("Statements"),
    "admin.LogEntry": _("For people who work at the bank: notes of what they changed"),
    "audit.Leaf": _("The log of what was done, which names nobody"),
    "audit.opening": _("The personal details that the log refers to"),
    "axes.AccessAttempt": _SIGN_INS,
    "axes.AccessAttemptExpiration": _SIGN_INS,
    "bank_idempotency.IdempotencyRecord": _("Answers kept in case an app asks twice"),
    "events.Event": _("What apps were told of your accounts and payments"),
    "mfa.Authenticator": _("Your passkeys and one-time codes"),
    "oauth.AccessReviewLine": _OF_STAFF,
    "oauth.AccessToken": _KEYS,
    "oauth.BreakGlass": _OF_STAFF,
    "oauth.Confirmation": _("What you confirmed with a second factor"),
    "oauth.Consent": _("What you allowed apps"),
    "oauth.DataAccess": _("Which app looked at what"),
    "oauth.Grant": _KEYS,
    "oauth.KnownDevice": _("Devices you signed in on"),
    "oauth.LogoutNotice": _("Which apps were told that you signed out"),
    "oauth.PushedAuthorizationRequest": _("What apps asked you to allow"),
    "oauth.RefreshToken": _KEYS,
    "oauth.SignedInSession": _("Where you were signed in"),
    "oauth.SignedMessage": _("Orders that apps signed"),
    "oauth.User": _("Your login"),
    "payments.FxQuote": _("Rates that were held for you"),
    "payments.IncomingPayment": _("Payments from other banks"),
    "payments.Payee": _("Your payees"),
    "payments.Payment": _("Your payments"),
    "payments.PaymentBatch": _("Payments made together"),
    "payments.PaymentLimit": _("Your limits for payments"),
    "payments.RailTransfer": _("Payments to other banks"),
    "payments.StandingOrder": _ORDERS,
    "payments.StandingOrderRun": _ORDERS,
    "privacy.DataExport": _("Copies of your data"),
    "privacy.Erasure": _("That you were erased"),
    "privacy.Unmasking": _("Who of the bank looked at your data"),
}


def erased(entries: Iterable[Mapping[str, str]]) -> list[tuple[str, str]]:
    """Return what is gone and how, each once."""
    return _once((_what(entry), gettext(entry["how"])) for entry in entries)


def kept(entries: Iterable[Mapping[str, str]]) -> list[tuple[str, str, str]]:
    """Return what is kept, why and until when, each once."""
    return _once((_what(entry), gettext(entry["because"]), _until(entry["until"])) for entry in entries)


def hindering(errors: Iterable[FieldError], *, by: Actor) -> list[tuple[str, str]]:
    """Return what has to end first: what to do, and with which account or app."""
    names = {f"/accounts/{a.id}": f"{a.name} {masked(a.last4)}" for a in list_accounts(owned_by=by)}
    names |= {f"/apps/{app.client_id}": app.name for app in list_apps_of(str(by.user_id))}
    return [(gettext(error.detail), names.get(error.pointer, "")) for error in errors]


def _what(entry: Mapping[str, str]) -> str:
    return str(TABLES[entry["what"]])


def _until(told: str) -> str:
    """Return the last day as the reader writes it, or the words where no clock decides."""
    try:
        return say_date(date.fromisoformat(told), "j F Y")
    except ValueError:
        return gettext(told)


def _once(rows: Iterable[Any]) -> list[Any]:
    return list(dict.fromkeys(rows))
