"""The terms of an account's payments: fees and limits, read with the payment's own parties."""

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from accounts.money import Money
from accounts.queries import get_account
from audit.actor import Actor
from bank import clock
from payments.errors import FxQuoteNotFound, NoRate
from payments.models import FeeRule, FxQuote, FxRate, Payment, PaymentLimit
from payments.rules.due_dates import bank_day
from payments.rules.exchange import exchange
from payments.rules.terms import Fee, Limits, fee_of

# One more column of the query that finds the parties: nothing for an account without fees and limits.
TERMS = """
    (SELECT jsonb_object_agg(f.kind, jsonb_build_array(f.fixed, f.basis_points, f.least, f.most))
       FROM payments_feerule f WHERE f.currency = account.currency),
    EXISTS (SELECT 1 FROM payments_paymentlimit l WHERE l.account_id = account.id)
"""


@dataclass(frozen=True, slots=True)
class Terms:
    """What payments from an account cost, by kind, and whether it has limits."""

    fees: dict[str, Fee]
    has_limits: bool

    def fee(self, amount: Money, kind: str) -> Money:
        """Return what a payment of this kind and amount costs."""
        return fee_of(amount, self.fees.get(kind))


def terms_in(column: tuple[Any, ...]) -> Terms:
    """Return the terms in what the columns of `TERMS` gave."""
    fees, has_limits = column
    return Terms({kind: Fee(*line) for kind, line in json.loads(fees or "{}").items()}, has_limits)


def fee_for(amount: Money, kind: str) -> Money:
    """Return what a payment of this kind and amount costs, to be shown beforehand."""
    line = FeeRule.objects.filter(kind=kind, currency=amount.currency).first()
    return fee_of(amount, Fee(line.fixed, line.basis_points, line.least, line.most) if line else None)


def fee_taken(payment: Payment) -> Money | None:
    """Return what a payment costs besides its amount; None where nothing, or where it was not carried out."""
    was_made = payment.status not in (Payment.Status.REJECTED, Payment.Status.CANCELLED)
    return Money(payment.fee, payment.currency) if payment.fee and was_made else None


def get_limits(account_id: str, *, owned_by: Actor) -> tuple[str, Limits]:
    """Return an account's currency and its limits; raises AccountNotFound for somebody else's."""
    account = get_account(account_id, owned_by=owned_by)
    return account.currency, limits_in(PaymentLimit.objects.filter(account_id=account.id).first())


def limits_in(row: PaymentLimit | None) -> Limits:
    """Return the limits a row holds and what was paid on this day of the bank; none where there is no row."""
    if row is None:
        return Limits()
    is_of_today = row.spent_on == bank_day(clock.now())
    return Limits(row.per_payment, row.per_day, row.spent if is_of_today else 0)


def list_fees() -> list[FeeRule]:
    """Return the schedule of fees."""
    return list(FeeRule.objects.order_by("id"))


def get_quote(quote_id: str, *, owned_by: Actor) -> FxQuote:
    """Return a quote of this person, used or not; raises FxQuoteNotFound for any other."""
    try:
        return FxQuote.objects.get(id=quote_id, user_id=owned_by.user_id)
    except (FxQuote.DoesNotExist, ValueError) as error:
        raise FxQuoteNotFound() from error


def at_todays_rate(amount: Money, currency: str) -> tuple[Money, Decimal]:
    """Return what an amount would be in another currency now, and the rate: indicative, nothing is held.

    Raises NoRate, TooLittleToExchange, AmountOverLimit.
    """
    rate = FxRate.objects.filter(id=f"{amount.currency}-{currency}").first()
    if rate is None:
        raise NoRate()
    found = exchange(amount, rate.rate, unit_currency=amount.currency, quoted_currency=currency)
    return found.buy, rate.rate


def list_rates() -> list[FxRate]:
    """Return the rates of exchange."""
    return list(FxRate.objects.order_by("id"))
