"""The app and what it registers with the apps below it."""

from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "payments"

    def ready(self) -> None:
        """Tell the consent page which payments it can be about, and four eyes what they decide on."""
        from accounts import hindrances
        from bank.observability import metrics
        from oauth import authorization_details
        from payments import approvable, operations, queries, tiles
        from payments.authorization_details import PaymentInitiation, RecurringPayment
        from payments.queries import payee_checks
        from payments.queries.rails import ask_the_rail_for_a_name

        approvable.register_all()
        tiles.register_all()
        hindrances.register(operations.hinder_closing)
        hindrances.register_limit(operations.count_set_aside)
        authorization_details.register(PaymentInitiation())
        authorization_details.register(RecurringPayment())
        payee_checks.connect(ask_the_rail_for_a_name)
        for name, meaning, read in queries.RAIL_GAUGES:
            metrics.register_gauge(name, meaning, read)
