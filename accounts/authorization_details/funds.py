"""The type `funds_confirmation`: an app may ask whether an amount is on one account, and hears yes or no."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from accounts.authorization_details.ending import EndingDetail, ends_at, expiry_of
from accounts.authorization_details.named import NamesAccounts, choice_of
from accounts.queries import account_holdings
from bank.access import permissions as p
from oauth.authorization_details import Asked, Choice, read_fields
from oauth.models import Consent, User


class FundsConfirmation(NamesAccounts):
    """A consent to ask about one account: never its balance."""

    name = "funds_confirmation"
    kind: str = Consent.Kind.FUNDS_CONFIRMATION
    may_add = frozenset({p.CONSENTS_READ})
    freshest_sign_in_seconds: int | None = None
    needs_second_factor = False

    def read(self, fields: dict[str, Any], now: datetime) -> dict[str, Any]:
        """Return the detail; raises InvalidAuthorizationDetails."""
        return {"type": self.name, **ends_at(read_fields(EndingDetail, fields), now)}

    def needs(self, detail: dict[str, Any]) -> frozenset[str]:
        """Return the permissions that a consent to this gives."""
        return frozenset({p.FUNDS_CONFIRM})

    def ask(self, detail: dict[str, Any], user: User) -> Asked:
        """Say what is asked, and what is never told."""
        return Asked(
            title=_("Let this app ask whether you have enough money?"),
            facts=(
                (_("It may ask"), _("Whether an amount it names is on the account you choose")),
                (_("It hears"), _("Yes or no. Never your balance, never your transactions")),
            ),
            choose=_("For which account"),
            approve=_("Allow"),
            refuse=_("Don’t allow"),
            consequence=_("You can stop this at any time in Connected apps."),
        )

    def options(self, detail: dict[str, Any], user: User) -> Sequence[Choice]:
        """Return every account the person is on."""
        return [choice_of(holding) for holding in account_holdings(user.id)]

    def granted(self, detail: dict[str, Any], chosen: Sequence[str]) -> dict[str, Any]:
        """Return what was asked for, and the account it is granted for."""
        return {**detail, "account": chosen[0]}

    def expires_at(self, detail: dict[str, Any], begins_at: datetime) -> datetime:
        """Return the end that was asked for, or ninety days."""
        return expiry_of(detail, begins_at)
