"""What can be done in a sandbox that no bank lets anybody do."""

import logging
from datetime import datetime, timedelta
from typing import Any

from celery import current_app
from django.conf import settings
from django.db import transaction
from kombu.exceptions import OperationalError

from accounts.money import Money
from audit.actor import Actor
from audit.operations import record, record_attempt
from bank import clock
from bank.errors import NotFound
from bank.public_ids import decode
from sandbox import outside

logger = logging.getLogger("sandbox")


def move_clock(*, by: Actor, to: datetime | None = None, forward: timedelta | None = None) -> None:
    """Move the bank's clock forward and have done what falls due; raises ClockMovesForward."""
    with transaction.atomic():
        now = clock.move(by=forward, to=to)
        record("sandbox.clock_moved", by=by, target=("bank", "sandbox"), changes={"now": now.isoformat()})
        transaction.on_commit(have_done_what_is_due)


def have_done_what_is_due() -> None:
    """Hint at every task the scheduler knows; each does what is due, and beat comes by itself soon."""
    try:
        for entry in settings.CELERY_BEAT_SCHEDULE.values():
            current_app.send_task(entry["task"], retry=False, expires=60)
    except OperationalError as error:
        logger.warning("what is due waits for the scheduler", extra={"error_type": type(error).__name__})


def send_inbound(*, iban: str, amount: Money, name: str, reference: str, by: Actor) -> dict[str, Any]:
    """Let money arrive from another bank and return the rail's word; raises RailDown."""
    _played("inbound", "rail", by)
    asked = {"iban": iban, "amount": str(amount), "currency": amount.currency}
    return outside.tell("POST", "inbound", {**asked, "name": name, "reference": reference})


def decide_outside(payment_id: str, decision: str, *, reason: str, by: Actor) -> dict[str, Any]:
    """Settle, reject or return a payment at the rail; raises NotFound for one it has not, RailDown."""
    try:
        decode("pay", payment_id)
    except ValueError as error:
        raise NotFound() from error
    outside.tell("GET", f"transfers/{payment_id}")
    _played(decision, payment_id, by)
    return outside.tell("POST", f"transfers/{payment_id}/{decision}", {"reason": reason})


def faults() -> dict[str, Any]:
    """Return the faults of the rail that wait to happen; raises RailDown."""
    return outside.tell("GET", "faults")


def add_fault(fault: dict[str, Any], *, by: Actor) -> dict[str, Any]:
    """Let the rail do something wrong; raises RailDown."""
    _played(f"fault_{fault['fault']}", "rail", by)
    return outside.tell("POST", "faults", fault)


def clear_faults(*, by: Actor) -> dict[str, Any]:
    """Let the rail work again; raises RailDown."""
    _played("faults_cleared", "rail", by)
    return outside.tell("DELETE", "faults")


def _played(what: str, target: str, by: Actor) -> None:
    """Record, before it is done, who plays the outside: its book is not the bank's, nor its transaction."""
    record_attempt(
        "sandbox.outside_played", by=by, target=("outside", target), outcome="success", reason=what
    )
