"""Counts what can be done in a while: `python -m benchmarks.open_boxes WHAT SECONDS`.

`read` and `read-closed` read a customer, opening all six fields or none; `pay` and `pay-bare` make payments,
sealing or leaving the sealing out. Logins and accounts come in as JSON.
"""

import itertools
import json
import sys
import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

FIELDS = ("given_name", "family_name", "email", "phone", "birth_date", "address")


def main(what: str, seconds: float) -> None:
    """Do it for so long."""
    import django

    django.setup()
    told: dict[str, Any] = json.load(sys.stdin)
    once = {"read": _reader(told, FIELDS), "read-closed": _reader(told, ()), "pay": _payer(told)}
    once["pay-bare"] = once["pay"]
    if what == "pay-bare":
        _leave_sealing_out()
    for _ in range(20):  # connections, statements, caches
        once[what]()
    began, done = time.perf_counter(), 0
    while time.perf_counter() - began < seconds:
        once[what]()
        done += 1
    print(json.dumps({"done": done, "seconds": time.perf_counter() - began}))


def _reader(told: dict[str, Any], fields: tuple[str, ...]) -> Callable[[], None]:
    from accounts.models import Customer

    logins = itertools.cycle(told["logins"])

    def read() -> None:
        customer = Customer.objects.get(user__username=next(logins))
        for name in fields:
            getattr(customer, name)

    return read


def _payer(told: dict[str, Any]) -> Callable[[], None]:
    """Pay as one request does: claim, pay, keep the answer, in one transaction."""
    from django.db import transaction

    from accounts.money import Money
    from audit.actor import Actor
    from bank.access.roles import CUSTOMER, permissions_of
    from bank.idempotency.store import Answer, Slot, claim, fingerprint, store
    from oauth.models import User
    from payments.operations import make_payment
    from payments.rules import PaymentOrder

    user = User.objects.get(username=told["logins"][0])
    by = Actor(type="customer", user_id=user.id, permissions=permissions_of([CUSTOMER]))
    debtor, creditor = told["accounts"]
    order = PaymentOrder(
        debtor_account=debtor, creditor_account=creditor, amount=Money(1, "GBP"), reference="bench"
    )
    body, digest = json.dumps(told).encode()[:600], fingerprint({})

    def pay() -> None:
        slot = Slot(by.caller, "POST", "/v1/payments", uuid4().hex)
        with transaction.atomic():
            claim(slot, digest)
            make_payment(order, by=by)
            store(slot, digest, Answer(201, "application/json", body, {}))

    return pay


def _leave_sealing_out() -> None:
    from bank.crypto import boxes

    boxes.seal = lambda content, **_: bytes((boxes.VERSION, 2)) + b"k1" + bytes(12) + content + bytes(16)


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]))
