"""What every type shares that is about accounts: each account of the person, in or out and why."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext, gettext_noop

from accounts import rules
from accounts.models import AccountHolder, ConsentAccount
from accounts.money import Money
from accounts.queries import account_holdings
from accounts.words import said
from audit.actor import Actor
from oauth.authorization_details import Choice, Decision
from oauth.errors import ChoiceNotOffered
from oauth.models import Consent


class NamesAccounts:
    """Keeps, for each account a person holds, whether a consent includes it, and why not."""

    def grant(self, consent: Consent, chosen: Sequence[str], by: Actor) -> None:
        """Keep each account, included or not and why; a new decision replaces the one before."""
        ConsentAccount.objects.bulk_create(
            [_decision(consent, holding, chosen) for holding in account_holdings(consent.user_id)],
            update_conflicts=True,
            unique_fields=["consent", "account"],
            update_fields=["state", "reason", "changed_at"],
        )

    def summary(self, consent: Consent) -> list[str]:
        """Return the included accounts by name and masked number."""
        included = consent.accounts.filter(state=ConsentAccount.State.INCLUDED).select_related("account")
        return [
            f"{row.account.name} {rules.masked(row.account.last4)}" for row in included.order_by("account_id")
        ]

    def decisions(self, consent: Consent) -> list[Decision]:
        """Return every account the person held then: in, left out or taken out, and why."""
        return [
            Decision(
                value=row.account_id,
                label=f"{row.account.name} {rules.masked(row.account.last4)}",
                state=str(row.state),
                reason=row.reason,
                changed_at=row.changed_at,
            )
            for row in consent.accounts.select_related("account").order_by("account_id")
        ]

    def withdraw(self, consent: Consent, value: str, now: datetime) -> int:
        """Take an account out and return how many are left; raises ChoiceNotOffered."""
        included = ConsentAccount.objects.filter(consent=consent, state=ConsentAccount.State.INCLUDED)
        left = {row.account_id: row for row in included}
        if value not in left:
            raise ChoiceNotOffered()
        row = left.pop(value)
        row.state, row.reason, row.changed_at = (
            ConsentAccount.State.WITHDRAWN,
            gettext_noop("Taken out by you"),
            now,
        )
        row.save(update_fields=["state", "reason", "changed_at"])
        return len(left)


def choice_of(holding: AccountHolder, *, why_not: str = "", after: str = "") -> Choice:
    """Return an account as something to choose; `after` is said beside its number."""
    account = holding.account
    why_not = rules.why_not_shareable(account.status, holding.role) or why_not
    balance = Money(rules.available(account.booked, account.held, account.overdraft_limit), account.currency)
    number = rules.masked(account.last4)
    return Choice(
        value=account.id,
        label=account.name,
        hint=f"{number} – {after}" if after and not why_not else number,
        amount_text=said(balance),
        eligible=not why_not,
        why_not=gettext(why_not) if why_not else "",
    )


def _decision(consent: Consent, holding: AccountHolder, chosen: Sequence[str]) -> ConsentAccount:
    why_not = rules.why_not_shareable(holding.account.status, holding.role)
    included = holding.account_id in chosen and not why_not
    state = ConsentAccount.State.INCLUDED if included else ConsentAccount.State.OMITTED
    reason = "" if included else why_not or gettext_noop("Not chosen")
    return ConsentAccount(consent=consent, account=holding.account, state=state, reason=reason)
