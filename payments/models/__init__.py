"""What we remember of payments."""

from payments.models.batches import PaymentBatch
from payments.models.payees import Payee
from payments.models.payments import Payment
from payments.models.standing_orders import StandingOrder, StandingOrderRun

__all__ = ["Payee", "Payment", "PaymentBatch", "StandingOrder", "StandingOrderRun"]
