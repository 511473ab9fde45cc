"""What can be done with payments and standing orders."""

from payments.operations.driving import drive
from payments.operations.hearing import hear
from payments.operations.outside import cancel_payment
from payments.operations.payments import (
    make_confirmed_payment,
    make_payment,
    record_denial,
    refusal_of,
)
from payments.operations.reconciliation import reconcile, reconcile_lately
from payments.operations.returns import refund_payment, reverse_payment, reversible
from payments.operations.standing_orders import (
    NewStandingOrder,
    cancel_standing_order,
    check_standing_order,
    creditor_of,
    hinder_closing,
    pause_standing_order,
    place_confirmed_standing_order,
    place_standing_order,
    resume_standing_order,
    rule_of,
    run_due_standing_orders,
)
from payments.operations.terms import count_set_aside

__all__ = [
    "NewStandingOrder",
    "cancel_payment",
    "cancel_standing_order",
    "check_standing_order",
    "count_set_aside",
    "creditor_of",
    "drive",
    "hear",
    "hinder_closing",
    "make_confirmed_payment",
    "make_payment",
    "pause_standing_order",
    "place_confirmed_standing_order",
    "place_standing_order",
    "reconcile",
    "reconcile_lately",
    "record_denial",
    "refund_payment",
    "refusal_of",
    "resume_standing_order",
    "reverse_payment",
    "reversible",
    "rule_of",
    "run_due_standing_orders",
]
