"""The app and what it registers with the apps below it."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        """Tell the consent page what it can be about, and the log what must match it."""
        from accounts import approvable
        from accounts.authorization_details import AccountInformation, FundsConfirmation
        from accounts.queries import find_email
        from audit import ledgers
        from oauth import authorization_details, notices

        approvable.register_all()
        authorization_details.register(AccountInformation())
        authorization_details.register(FundsConfirmation())
        kinds = {
            "posting.booked",
            "payment.completed",
            "hold.captured",
            "payment.refunded",
            "payment.reversed",
            "payment.returned",
            "incoming_payment.booked",
            "fee.charged",
        }
        ledgers.register("accounts_posting", "audit_event_id", kinds=kinds)
        notices.register_address_book(find_email)
