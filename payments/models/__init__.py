"""What we remember of payments."""

from payments.models.payments import Payment
from payments.models.standing_orders import StandingOrder, StandingOrderRun

__all__ = ["Payment", "StandingOrder", "StandingOrderRun"]
