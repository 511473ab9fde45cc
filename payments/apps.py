"""The app and what it registers with the apps below it."""

from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "payments"

    def ready(self) -> None:
        """Tell the consent page which payments it can be about, and four eyes what they decide on."""
        from accounts import hindrances
        from oauth import authorization_details
        from payments import approvable, operations
        from payments.authorization_details import PaymentInitiation, RecurringPayment

        approvable.register_all()
        hindrances.register(operations.hinder_closing)
        authorization_details.register(PaymentInitiation())
        authorization_details.register(RecurringPayment())
