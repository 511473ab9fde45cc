"""Pays batches and prints how many in how long: `python -m benchmarks.pay_batches SIZE SECONDS`.

Each batch is announced, and its file read and carried out, by what stands behind the two doors of the API, in
a process that has read its code as a web process has (bank/memory.py). A payer and the number of accounts in
the crowd come in as JSON.
"""

import hashlib
import json
import random
import sys
import time
from typing import Any

from benchmarks.fill import account_id


def main(size: int, seconds: float) -> None:
    """Pay batch after batch for so long, one at least."""
    import django

    django.setup()
    import bank.urls  # noqa: F401 - as a web process has read it
    from bank.memory import keep_what_was_read

    keep_what_was_read()
    told: dict[str, Any] = json.load(sys.stdin)
    by, paid, spent = _actor(told["login"]), 0, 0.0
    _pay(told["account"], _file(10, told["accounts"]), by)  # connections and caches
    while spent < seconds:
        file = _file(size, told["accounts"])
        began = time.perf_counter()
        _pay(told["account"], file, by)
        spent += time.perf_counter() - began
        paid += size
    print(json.dumps({"payments": paid, "seconds": spent}))


def _actor(login: str) -> Any:
    from audit.actor import Actor
    from bank.access.roles import CUSTOMER, permissions_of
    from oauth.models import User

    user = User.objects.get(username=login)
    return Actor(type="customer", user_id=user.id, permissions=permissions_of([CUSTOMER]))


def _file(size: int, accounts: int) -> bytes:
    entries = [
        {
            "creditor_account": account_id(random.randint(1, accounts)),
            "amount": {"amount": "0.01", "currency": "GBP"},
            "reference": f"wage {number}",
            "end_to_end_id": f"E-{number}",
        }
        for number in range(size)
    ]
    return json.dumps({"credit_transfers": entries}).encode()


def _pay(account: str, file: bytes, by: Any) -> None:
    from accounts.money import Money
    from payments.api.batch_files import BatchFileParser, read_transfers
    from payments.operations.batches import NewBatch, announce_batch, execute_batch

    count, digest = file.count(b"creditor_account"), hashlib.sha256(file).hexdigest()
    announced = announce_batch(NewBatch(account, "per_item", count, Money(count, "GBP"), digest), by=by)
    read = BatchFileParser().read(file)
    done = execute_batch(announced.id, read_transfers(read.content), sha256=read.sha256, by=by)
    if done.status != "ACCC":
        raise RuntimeError(f"a batch ended {done.status}")


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]))
