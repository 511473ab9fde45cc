"""What a consent lets an app pay: anything from the accounts shared, one payment, or payments within limits.

A consent to payments is locked from before the check until the payment is committed: of twenty uses at once
the second waits, and finds it used; a revocation comes before or after, never between.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db.models import Sum

from accounts.money import Money
from audit.actor import Actor
from bank import clock
from oauth.authorization_details import granted_in
from oauth.models import Consent
from oauth.operations.in_force import hold_consent, lock_consent, use_up
from payments.errors import ConsentLimitReached, ConsentMismatch, FxQuoteExpired, LessThanAgreed
from payments.models import Payment
from payments.rules import PaymentOrder, differences, differences_of_exchange, money_in
from payments.rules.periods import limit_in, period_of


@dataclass(frozen=True, slots=True)
class Agreed:
    """What was agreed to, held until the present transaction ends."""

    consent: Consent | None
    detail: dict[str, Any]
    now: datetime  # the moment its limits are counted at, and the payment's own

    def check_limits(self, order: PaymentOrder) -> None:
        """Raise ConsentLimitReached when this payment is more than the customer allowed."""
        if self.consent and self.consent.kind == Consent.Kind.RECURRING:
            _check_limits(self.consent, self.detail, order.amount, self.now)

    def settle(self, payment: Payment, by: Actor) -> None:
        """Use up a consent to one payment, whatever became of the payment: it was one order.

        A quote that is over, or gives too little, is not the customer's order: another may be asked for.
        """
        if self.consent is None or payment.refusal in _OF_THE_QUOTE:
            return
        if self.consent.kind == Consent.Kind.PAYMENT:
            payment.uses_up_consent = True
            use_up(self.consent, by=by)


def agree(order: PaymentOrder, *, by: Actor) -> Agreed:
    """Hold the actor's consent and check that it covers this order; raises InvalidAccessToken,
    ConsentUsed, ConsentMismatch."""
    if by.consent_kind not in _COMPARED:
        hold_consent(by)
        return Agreed(None, {}, clock.now())
    consent = lock_consent(by)
    detail = granted_in(consent)[0]
    wrong = differences(order, detail, _COMPARED[consent.kind])
    if wrong:
        raise ConsentMismatch(errors=wrong)
    return Agreed(consent, detail, clock.now())


def agree_to_exchange(amount: Money, *, unit_currency: str, quoted_currency: str, by: Actor) -> Money | None:
    """Hold the actor's consent, check that it covers this exchange, and return the least that must arrive.

    Raises InvalidAccessToken, ConsentUsed, ConsentMismatch. None where nothing of the kind was agreed to.
    """
    if by.consent_kind != Consent.Kind.PAYMENT:
        hold_consent(by)
        return None
    detail = granted_in(lock_consent(by))[0]
    wrong = differences_of_exchange(amount, unit_currency, quoted_currency, detail)
    if wrong:
        raise ConsentMismatch(errors=wrong)
    return money_in(detail["exchange"]["minimum_amount"])


_OF_THE_QUOTE = (FxQuoteExpired.code, LessThanAgreed.code)
_ALWAYS = ("debtor_account", "creditor_account", "creditor", "reference", "fx_quote")
_COMPARED: dict[str, tuple[str, ...]] = {
    Consent.Kind.PAYMENT: (*_ALWAYS, "amount", "end_to_end_id"),
    Consent.Kind.RECURRING: _ALWAYS,
}


def _check_limits(consent: Consent, detail: dict[str, Any], amount: Money, now: datetime) -> None:
    most = money_in(detail["maximum_amount"])
    if amount.currency != most.currency or amount.minor > most.minor:
        raise ConsentLimitReached(f"at most {most} {most.currency} in one payment")
    today = now.astimezone(UTC).date()
    for limit in detail["limits"]:
        begins, _ = period_of(limit, detail["starts_on"], today)
        allowed = limit_in(limit, detail["starts_on"], today)
        paid = _paid(consent, clock.begins(begins))
        if paid + amount.minor > allowed.minor:
            left = Money(max(0, allowed.minor - paid), allowed.currency)
            raise ConsentLimitReached(f"{left} {left.currency} is left in this {limit['period']}")


def _paid(consent: Consent, since: datetime) -> int:
    """Return what was paid under the consent since a moment, in minor units, but for what was refused."""
    payments = Payment.objects.filter(consent=consent, created_at__gte=since)
    return payments.exclude(status__in=_NOT_PAID).aggregate(total=Sum("amount"))["total"] or 0


_NOT_PAID = ("RJCT", "CANC")
