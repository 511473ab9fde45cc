"""Which account pays: one, chosen by the person among those that can."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from accounts import rules
from accounts.authorization_details import choice_of
from accounts.models import AccountHolder
from accounts.money import Money
from accounts.queries import account_holdings
from accounts.words import said
from oauth.authorization_details import Choice
from oauth.models import User


def options(detail: dict[str, Any], user: User, *, currency: str, amount: Money | None) -> Sequence[Choice]:
    """Return the person's accounts: what is left after the payment, or why this one cannot pay it."""
    return [_choice(detail, holding, currency, amount) for holding in account_holdings(user.id)]


def _choice(detail: dict[str, Any], holding: AccountHolder, currency: str, amount: Money | None) -> Choice:
    account = holding.account
    why_not = _why_not(detail, holding, currency)
    left = rules.available(account.booked, account.held, account.overdraft_limit) - (
        amount.minor if amount else 0
    )
    if not why_not and left < 0:
        why_not = _("There is not enough money on this account")
    words = _("%(left)s left after this payment") % {"left": said(Money(left, account.currency))}
    return choice_of(holding, why_not=why_not, after=words if amount else "")


def _why_not(detail: dict[str, Any], holding: AccountHolder, currency: str) -> str:
    account = holding.account
    if detail.get("debtor_account", account.id) != account.id:
        return _("The app asked for another account")
    if account.id == detail.get("creditor_account"):
        return _("This is the account that is paid")
    if account.currency != currency:
        return _("This account is in another currency")
    return rules.why_not_payable_from(account.status)
