"""What can be asked of payments, batches and standing orders."""

from payments.queries.batches import count_batch_items, get_batch, list_batch_items, list_batches
from payments.queries.payee_checks import check_name
from payments.queries.payees import find_creditor, find_creditors, get_payee, list_payees
from payments.queries.payments import (
    get_payment,
    get_payment_of_either_side,
    get_payment_received,
    has_paid_before,
    list_payments,
    list_returns,
    payments_by_id,
)
from payments.queries.rails import RAIL_GAUGES, rail_health, waiting_for_the_rail
from payments.queries.standing_orders import get_standing_order, list_standing_orders

__all__ = [
    "RAIL_GAUGES",
    "check_name",
    "count_batch_items",
    "find_creditor",
    "find_creditors",
    "get_batch",
    "get_payee",
    "get_payment",
    "get_payment_of_either_side",
    "get_payment_received",
    "get_standing_order",
    "has_paid_before",
    "list_batch_items",
    "list_batches",
    "list_payees",
    "list_payments",
    "list_returns",
    "list_standing_orders",
    "payments_by_id",
    "rail_health",
    "waiting_for_the_rail",
]
