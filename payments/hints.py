"""The hint that something waits to be sent: nothing depends on its arrival, beat looks as well."""

from celery import current_app

from audit.hints import Hinter


def _send_to_celery() -> None:
    current_app.send_task("payments.drive_rail", retry=False, expires=10)


_hinter = Hinter(_send_to_celery)


def ask_for_sending() -> None:
    """Hint that a payment is waiting to be sent; returns at once."""
    _hinter.ask()
