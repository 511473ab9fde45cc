"""What accounts register with the consent page: the type `account_information` (RFC 9396)."""

from collections.abc import Sequence

from accounts import rules
from accounts.models import AccountHolder, ConsentAccount
from accounts.money import Money
from accounts.queries import account_holdings
from accounts.words import said
from audit.actor import Actor
from bank.access import permissions as p
from oauth.authorization_details import Choice
from oauth.models import Consent, User


class AccountInformation:
    """A consent about accounts: which of a person's own an app may see or pay from."""

    name = "account_information"
    scopes = frozenset({p.ACCOUNTS_READ, p.BALANCES_READ, p.TRANSACTIONS_READ, p.PAYMENTS_CREATE})

    def describe(self, permissions: frozenset[str]) -> Sequence[str]:
        """Add nothing: the sentences of the permissions say it."""
        return ()

    def choices(self, user: User) -> Sequence[Choice]:
        """Return every account the person is on, those that cannot be shared with the reason."""
        return [_choice(holding) for holding in account_holdings(user.id)]

    def grant(self, consent: Consent, chosen: Sequence[str], by: Actor) -> None:
        """Keep each account, included or not and why, in the transaction of the consent."""
        ConsentAccount.objects.bulk_create(
            _decision(consent, holding, chosen) for holding in account_holdings(consent.user_id)
        )

    def summary(self, consent: Consent) -> list[str]:
        """Return the included accounts by name and masked number."""
        included = consent.accounts.filter(state=ConsentAccount.State.INCLUDED).select_related("account")
        return [
            f"{row.account.name} {rules.masked(row.account.last4)}" for row in included.order_by("account_id")
        ]


def _choice(holding: AccountHolder) -> Choice:
    account = holding.account
    why_not = rules.why_not_shareable(account.status, holding.role)
    balance = Money(rules.available(account.booked, account.held, account.overdraft_limit), account.currency)
    return Choice(
        value=account.id,
        label=account.name,
        hint=rules.masked(account.last4),
        amount_text=said(balance),
        eligible=not why_not,
        why_not=why_not,
    )


def _decision(consent: Consent, holding: AccountHolder, chosen: Sequence[str]) -> ConsentAccount:
    why_not = rules.why_not_shareable(holding.account.status, holding.role)
    included = holding.account_id in chosen and not why_not
    state = ConsentAccount.State.INCLUDED if included else ConsentAccount.State.OMITTED
    reason = "" if included else why_not or "Not chosen"
    return ConsentAccount(consent=consent, account=holding.account, state=state, reason=reason)
