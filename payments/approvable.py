"""What payments register with four eyes: reversals, rates, fees, and limits of accounts."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from accounts.money import Money
from approvals.registry import Change, register
from audit.actor import Actor
from payments.errors import NoRate
from payments.operations import reverse_payment, reversible
from payments.operations.exchange import lock_rate, set_rate
from payments.operations.terms import lock_fee, present_limits, set_fee, set_limits
from payments.rules.terms import Fee, check_fee


@dataclass(slots=True)
class Reversal:
    """What is left of a payment goes back to who paid it."""

    name: str = "payment.reverse"
    meaning: str = "What is left of the payment goes back to who paid it."
    target_type: str = "payment"

    def propose(self, target_id: str, payload: Mapping[str, Any]) -> Change:
        """Return what has been given back before and after; raises PaymentNotFound, NotReturnable."""
        payment, left = reversible(target_id)
        return Change({"returned": payment.amount - left.minor}, {"returned": payment.amount})

    def carry_out(self, target_id: str, payload: Mapping[str, Any], *, by: Actor) -> None:
        """Take it back."""
        reverse_payment(target_id, by=by)


@dataclass(slots=True)
class RateChange:
    """One unit of a currency gets another worth; the target is the pair, such as GBP-EUR."""

    name: str = "fx.rate"
    meaning: str = "The bank exchanges at another rate."
    target_type: str = "fx_rate"

    def propose(self, target_id: str, payload: Mapping[str, Any]) -> Change:
        """Return the rates before and after; raises InvalidAmount, NoRate for a currency against itself."""
        unit, quoted = (Money(0, currency) for currency in target_id.split("-"))
        if unit == quoted:
            raise NoRate()
        kept = lock_rate(target_id)
        return Change({"rate": kept and f"{kept.rate:.8f}"}, {"rate": f"{Decimal(payload['rate']):.8f}"})

    def carry_out(self, target_id: str, payload: Mapping[str, Any], *, by: Actor) -> None:
        """Set it."""
        set_rate(target_id, Decimal(payload["rate"]), by=by)


@dataclass(slots=True)
class FeeChange:
    """A kind of payment costs something else; the target is the line, such as fx-GBP."""

    name: str = "fee.set"
    meaning: str = "The schedule of fees gets another line."
    target_type: str = "fee"

    def propose(self, target_id: str, payload: Mapping[str, Any]) -> Change:
        """Return the line before and after; raises FeeOutOfBounds, InvalidAmount for an unknown currency."""
        Money(payload["fixed"], target_id.split("-")[1])
        check_fee(Fee(**payload))
        kept = lock_fee(target_id)
        before = {name: getattr(kept, name) for name in Fee._fields} if kept else {}
        return Change(before, {name: payload[name] for name in Fee._fields})

    def carry_out(self, target_id: str, payload: Mapping[str, Any], *, by: Actor) -> None:
        """Set it."""
        set_fee(target_id, Fee(**payload), by=by)


@dataclass(slots=True)
class LimitsChange:
    """An account may pay more, or less: payload `per_payment`, `per_day` in minor units, or null."""

    name: str = "account.limits"
    meaning: str = "The account gets other limits for its payments."
    target_type: str = "account"

    def propose(self, target_id: str, payload: Mapping[str, Any]) -> Change:
        """Return the limits before and after; raises AccountNotFound."""
        per_payment, per_day = present_limits(target_id)
        return Change({"per_payment": per_payment, "per_day": per_day}, dict(payload))

    def carry_out(self, target_id: str, payload: Mapping[str, Any], *, by: Actor) -> None:
        """Set them."""
        set_limits(target_id, (payload["per_payment"], payload["per_day"]), by=by)


def register_all() -> None:
    """Tell four eyes what payments need them for."""
    for operation in (Reversal(), RateChange(), FeeChange(), LimitsChange()):
        register(operation)
