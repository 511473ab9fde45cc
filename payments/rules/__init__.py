"""What must be true of payments: pure functions, one file for each question."""

from payments.rules.orders import (
    APPROVAL_SIGN_IN_SECONDS,
    Outside,
    PaymentOrder,
    check_order,
    check_return,
    differences,
    differences_of_exchange,
    money_in,
)

__all__ = [
    "APPROVAL_SIGN_IN_SECONDS",
    "Outside",
    "PaymentOrder",
    "check_order",
    "check_return",
    "differences",
    "differences_of_exchange",
    "money_in",
]
