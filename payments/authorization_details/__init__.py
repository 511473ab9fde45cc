"""What payments register with the consent page (RFC 9396): `payment_initiation` and `recurring_payment`."""

from payments.authorization_details.payment import PaymentInitiation
from payments.authorization_details.recurring import RecurringPayment

__all__ = ["PaymentInitiation", "RecurringPayment"]
