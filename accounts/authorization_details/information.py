"""The type `account_information`: what an app may read, of which accounts, until when."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from rest_framework import serializers

from accounts.authorization_details.ending import EndingDetail, ends_at, expiry_of
from accounts.authorization_details.named import NamesAccounts, choice_of
from accounts.queries import account_holdings
from bank.access import permissions as p
from bank.wire.serializers import StrictChoiceField
from oauth.authorization_details import Choice, read_fields
from oauth.models import Consent, User

ACTIONS = (p.ACCOUNTS_READ, p.BALANCES_READ, p.TRANSACTIONS_READ)


class InformationDetail(EndingDetail):
    """What an app writes: the actions it wants, and optionally an end before the ninety days."""

    actions = serializers.ListField(
        child=StrictChoiceField(choices=ACTIONS), allow_empty=False, max_length=len(ACTIONS)
    )


class AccountInformation(NamesAccounts):
    """A consent about accounts: which of a person's own an app may see, or by its scopes pay from."""

    name = "account_information"
    kind: str = Consent.Kind.ACCOUNT_ACCESS
    scopes = frozenset({*ACTIONS, p.FUNDS_CONFIRM, p.PAYMENTS_CREATE})
    may_add = frozenset({p.CONSENTS_READ})
    freshest_sign_in_seconds: int | None = None
    needs_second_factor = False

    def describe(self, permissions: frozenset[str]) -> Sequence[str]:
        """Add nothing: the sentences of the permissions say it."""
        return ()

    def choices(self, user: User) -> Sequence[Choice]:
        """Return every account the person is on, those that cannot be shared with the reason."""
        return [choice_of(holding) for holding in account_holdings(user.id)]

    def read(self, fields: dict[str, Any], now: datetime) -> dict[str, Any]:
        """Return the detail; raises InvalidAuthorizationDetails."""
        values = read_fields(InformationDetail, fields)
        asked = [action for action in ACTIONS if action in values["actions"]]
        return {"type": self.name, "actions": asked, **ends_at(values, now)}

    def needs(self, detail: dict[str, Any]) -> frozenset[str]:
        """Return the permissions that a consent to this gives."""
        return frozenset(detail["actions"])

    def ask(self, detail: dict[str, Any], user: User) -> None:
        """Say nothing of its own: this is the page of sharing."""

    def options(self, detail: dict[str, Any], user: User) -> Sequence[Choice]:
        """Return every account the person is on."""
        return self.choices(user)

    def granted(self, detail: dict[str, Any], chosen: Sequence[str]) -> dict[str, Any]:
        """Return what was asked for, and the accounts it is granted for."""
        return {**detail, "accounts": list(chosen)}

    def expires_at(self, detail: dict[str, Any], begins_at: datetime) -> datetime:
        """Return the end that was asked for, or ninety days."""
        return expiry_of(detail, begins_at)
