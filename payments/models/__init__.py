"""What we remember of payments."""

from payments.models.batches import PaymentBatch
from payments.models.payees import Payee
from payments.models.payments import Payment
from payments.models.rails import IncomingPayment, RailTransfer
from payments.models.standing_orders import StandingOrder, StandingOrderRun

__all__ = [
    "IncomingPayment",
    "Payee",
    "Payment",
    "PaymentBatch",
    "RailTransfer",
    "StandingOrder",
    "StandingOrderRun",
]
