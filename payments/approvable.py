"""What payments register with four eyes: taking a payment back."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from approvals.registry import Change, register
from audit.actor import Actor
from payments.operations import reverse_payment, reversible


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


def register_all() -> None:
    """Tell four eyes what payments need them for."""
    register(Reversal())
