"""Somebody who pays wages from one account: a batch announced, and its file sent."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from accounts.models import Account
from accounts.money import Money
from payments.models import Payment, PaymentBatch
from payments.operations.batches import NewBatch, announce_batch, execute_batch
from payments.rules.batches import Transfer
from tests.support.customers import Someone, someone


@dataclass
class Employer:
    """A person with money, and accounts of others to be paid."""

    person: Someone
    debtor: Account
    staff: list[Account]

    def transfers(self, *amounts: int, currency: str = "GBP") -> list[Transfer]:
        """Return a payment of each amount (minor units), to one employee after the other."""
        return [
            Transfer(self.staff[n % len(self.staff)].id, Money(amount, currency), f"wage {n}")
            for n, amount in enumerate(amounts, 1)
        ]

    def announce(self, transfers: Sequence[Transfer], mode: str = "per_item", **other: Any) -> PaymentBatch:
        """Announce exactly these, but for what is given otherwise."""
        total = sum(transfer.amount.minor for transfer in transfers)
        said = {
            "debtor_account": self.debtor.id,
            "mode": mode,
            "number_of_transactions": len(transfers),
            "control_sum": Money(total, "GBP"),
            "sha256": digest(transfers),
            **other,
        }
        return announce_batch(NewBatch(**said), by=self.person.actor)

    def execute(self, batch: PaymentBatch, transfers: Sequence[Transfer]) -> PaymentBatch:
        """Send the file."""
        return execute_batch(batch.id, transfers, sha256=digest(transfers), by=self.person.actor)

    def pay(self, transfers: Sequence[Transfer], mode: str = "per_item") -> PaymentBatch:
        """Announce and send."""
        return self.execute(self.announce(transfers, mode), transfers)


def employer(balance: str = "10.00", staff: int = 2) -> Employer:
    """Make one, with so many employees."""
    person = someone()
    return Employer(person, person.account(balance), [someone().account() for _ in range(staff)])


def digest(transfers: Sequence[Transfer]) -> str:
    """Return the digest of the file that says these."""
    return hashlib.sha256(file_of(transfers)).hexdigest()


def file_of(transfers: Sequence[Transfer]) -> bytes:
    """Return the file, as it goes over the wire."""
    entries = [
        {
            **_creditor(transfer),
            "amount": {"amount": str(transfer.amount), "currency": transfer.amount.currency},
            "reference": transfer.reference,
        }
        for transfer in transfers
    ]
    return json.dumps({"credit_transfers": entries}).encode()


def _creditor(transfer: Transfer) -> dict[str, Any]:
    if transfer.creditor:
        return {"creditor": asdict(transfer.creditor)}
    return {"creditor_account": transfer.creditor_account}


def outcomes(batch: PaymentBatch) -> list[str]:
    """Return the status of each item, or why it was refused, in the order of the file."""
    items = Payment.objects.filter(batch=batch).order_by("batch_item")
    return [item.reason_code or str(item.status) for item in items]
