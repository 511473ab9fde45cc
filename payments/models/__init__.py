"""What we remember of payments."""

from payments.models.batches import PaymentBatch
from payments.models.exchange import FxQuote, FxRate
from payments.models.payees import Payee
from payments.models.payments import Payment
from payments.models.rails import IncomingPayment, RailDay, RailTransfer
from payments.models.standing_orders import StandingOrder, StandingOrderRun
from payments.models.terms import FeeRule, PaymentLimit

__all__ = [
    "FeeRule",
    "FxQuote",
    "FxRate",
    "IncomingPayment",
    "Payee",
    "Payment",
    "PaymentBatch",
    "PaymentLimit",
    "RailDay",
    "RailTransfer",
    "StandingOrder",
    "StandingOrderRun",
]
