"""Batches: announced by count, sum and digest, then carried out once when their file arrives.

Everything is set-based: one statement locks the accounts, one posts, one writes the payments, one their
events. A file that is not what was announced changes nothing; the right one may still come.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple
from uuid import UUID

from django.db import transaction

from accounts.money import CurrencyMismatch, Money
from accounts.operations import Movement, lock_standings, post_movements
from accounts.queries import find_payment_parties, get_internal_account
from accounts.rules import may_pay
from audit.actor import Actor
from audit.many import Recorded, record_all
from audit.operations import record
from bank import clock
from bank.database import arrays, asking
from bank.errors import Refused
from bank.observability import metrics
from bank.public_ids import decode, encode, uuid7, uuid7s
from oauth.operations.in_force import hold_consent
from payments.errors import BatchHashMismatch, NotAllowedToPay, ZeroAmount
from payments.models import Payment, PaymentBatch
from payments.operations.terms import count_spent, lock_limits
from payments.queries import get_batch
from payments.queries.terms import TERMS, Terms, terms_in
from payments.rules import batches as rules
from payments.rules.batches import Transfer
from payments.rules.terms import Limits

Status = PaymentBatch.Status
REJECTED, COMPLETED = str(Payment.Status.REJECTED), str(Payment.Status.COMPLETED)


@dataclass(frozen=True, slots=True)
class NewBatch:
    """What somebody announces: `sha256` is that of the file's bytes, in lower-case hexadecimal."""

    debtor_account: str
    mode: str
    number_of_transactions: int
    control_sum: Money
    sha256: str


class Item(NamedTuple):
    """One payment of a batch on its way: what was asked, why not, and the ids it will have."""

    transfer: Transfer
    refusal: type[Refused] | None
    creditor: UUID | None  # None where nobody has this account, as in a single payment
    fee: int  # minor units
    id: UUID
    event_id: UUID
    posting_id: UUID | None

    @property
    def status(self) -> str:
        """The status it is kept with."""
        return REJECTED if self.refusal else COMPLETED


def announce_batch(announced: NewBatch, *, by: Actor) -> PaymentBatch:
    """Keep what was announced; nothing is paid yet.

    Raises AccountNotFound, NotAllowedToPay, CurrencyMismatch, ZeroAmount.
    """
    with transaction.atomic():
        hold_consent(by)
        parties = find_payment_parties(announced.debtor_account, None, owned_by=by)
        if not may_pay(parties.role) or by.user_id is None:
            raise NotAllowedToPay()
        _check(announced.control_sum, parties.debtor_currency)
        batch = _announced(announced, by.user_id)
        batch.save(force_insert=True)
        batch.refresh_from_db(fields=["announced_at"])
        changes = {"debtor_account": batch.debtor_account_id, "sha256": batch.sha256}
        target = ("batch", batch.id)
        record("batch.announced", by=by, target=target, event_id=batch.last_event_id, changes=changes)
    return batch


def execute_batch(batch_id: str, transfers: Sequence[Transfer], *, sha256: str, by: Actor) -> PaymentBatch:
    """Carry out a batch whose file has come; the same file again changes nothing.

    Raises BatchNotFound, NotAllowedToPay, BatchHashMismatch, BatchCountMismatch, BatchSumMismatch,
    CurrencyMismatch; then nothing has changed. A refused payment is kept, as RJCT with its reason.
    """
    with transaction.atomic():
        hold_consent(by)
        batch, terms = _lock(batch_id, by)
        if sha256 != batch.sha256:
            raise BatchHashMismatch()
        rules.check_announced(
            transfers,
            count=batch.number_of_transactions,
            control_sum=Money(batch.control_sum, batch.currency),
        )
        if batch.status == Status.RECEIVED:
            _carry_out(batch, transfers, terms, by)
    return batch


def _check(control_sum: Money, currency: str) -> None:
    if control_sum.minor <= 0:
        raise ZeroAmount()
    if control_sum.currency != currency:
        raise CurrencyMismatch(f"the debtor account is in {currency}")


def _announced(announced: NewBatch, user_id: str) -> PaymentBatch:
    return PaymentBatch(
        debtor_account_id=announced.debtor_account,
        mode=announced.mode,
        number_of_transactions=announced.number_of_transactions,
        control_sum=announced.control_sum.minor,
        currency=announced.control_sum.currency,
        sha256=announced.sha256,
        user_id=user_id,
        last_event_id=uuid7(),
    )


def _lock(batch_id: str, by: Actor) -> tuple[PaymentBatch, Terms]:
    """Return a batch for this request alone, from an account the actor may still pay from, and its terms."""
    found = get_batch(batch_id, owned_by=by)
    parties = find_payment_parties(found.debtor_account_id, None, owned_by=by, also=TERMS)
    if not may_pay(parties.role):
        raise NotAllowedToPay()
    return PaymentBatch.objects.select_for_update(no_key=True).get(id=found.id), terms_in(parties.also)


def _carry_out(batch: PaymentBatch, transfers: Sequence[Transfer], terms: Terms, by: Actor) -> None:
    under = _locked(batch, transfers, terms)
    refusals = rules.sift(transfers, under, atomic=batch.mode == PaymentBatch.Mode.ATOMIC)
    items = _items(transfers, refusals, under)
    paid = [item for item in items if item.posting_id]
    charged = _charges(batch, paid, under)
    if paid:
        debtor = under.standings[under.debtor_account].key
        moved = [_movement(item, debtor) for item in paid]
        post_movements([*moved, *charged], currency=batch.currency)
    if terms.has_limits:
        count_spent(under.debtor_account, sum(item.transfer.amount.minor for item in paid))
    _insert(batch, items, by)
    _record(batch, items, charged, by)
    _end(batch, len(paid), by)
    transaction.on_commit(lambda: _count(len(paid), len(items) - len(paid)))


def _locked(batch: PaymentBatch, transfers: Sequence[Transfer], terms: Terms) -> rules.Under:
    """Lock the debtor's limits and every account, and return what the batch is paid under."""
    debtor, currency = batch.debtor_account_id, batch.currency
    limits = lock_limits(debtor) if terms.has_limits else Limits()
    accounts = [debtor, *(transfer.creditor_account for transfer in transfers)]
    if Payment.Kind.INTERNAL in terms.fees:
        accounts.append(get_internal_account("fees", currency))
    return rules.Under(
        debtor, lock_standings(accounts), partial(terms.fee, kind=Payment.Kind.INTERNAL), limits
    )


def _items(
    transfers: Sequence[Transfer], refusals: Sequence[type[Refused] | None], under: rules.Under
) -> list[Item]:
    count = len(transfers)
    given = zip(transfers, refusals, uuid7s(count), uuid7s(count), uuid7s(count), strict=True)
    return [_item(under, *each) for each in given]


def _item(
    under: rules.Under,
    transfer: Transfer,
    refusal: type[Refused] | None,
    id_: UUID,
    event: UUID,
    posting: UUID,
) -> Item:
    found = under.standings.get(transfer.creditor_account)
    creditor = found.key if found and found.is_customers else None
    if refusal:
        return Item(transfer, refusal, creditor, 0, id_, event, None)
    return Item(transfer, None, creditor, under.fee(transfer.amount).minor, id_, event, posting)


def _movement(item: Item, debtor: UUID) -> Movement:
    to, transfer = item.creditor or item.id, item.transfer
    return Movement(
        "transfer",
        item.posting_id or item.id,
        item.event_id,
        debtor,
        to,
        transfer.amount.minor,
        transfer.reference,
    )


def _charges(batch: PaymentBatch, paid: Sequence[Item], under: rules.Under) -> list[Movement]:
    """Return the postings that bring the fees to the bank's own account."""
    costly = [item for item in paid if item.fee]
    if not costly:
        return []
    debtor = under.standings[under.debtor_account].key
    fees = under.standings[get_internal_account("fees", batch.currency)].key
    return [
        Movement("fee", uuid7(), uuid7(), debtor, fees, item.fee, f"Fee for {encode('pay', item.id)}")
        for item in costly
    ]


_INSERT = """
    INSERT INTO public.payments_payment (
        id, kind, status, reason_code, refusal, debtor_account_id, creditor_account_id, amount, currency,
        reference, end_to_end_id, posting_id, user_id, uses_up_consent, version, last_event_id, batch_id,
        batch_item, created_at, fee)
    SELECT item.id, 'internal', item.status, item.reason, item.refusal, %(debtor)s,
           item.creditor, item.amount, %(currency)s, item.reference,
           item.end_to_end_id, item.posting, %(user)s, false, 1, item.event, %(batch)s, item.number, %(now)s,
           item.fee
      FROM unnest(%(ids)s::uuid[], %(statuses)s::text[], %(reasons)s::text[], %(refusals)s::text[],
                  %(creditors)s::uuid[], %(amounts)s::bigint[], %(references)s::text[],
                  %(end_to_end_ids)s::text[], %(postings)s::uuid[], %(events)s::uuid[], %(fees)s::bigint[])
           WITH ORDINALITY AS item (id, status, reason, refusal, creditor, amount, reference, end_to_end_id,
                                    posting, event, fee, number)
"""


def _insert(batch: PaymentBatch, items: Sequence[Item], by: Actor) -> None:
    """Write every payment by one statement."""
    parameters: dict[str, Any] = {
        "debtor": decode("acc", batch.debtor_account_id),
        "currency": batch.currency,
        "user": decode("usr", str(by.user_id)),
        "batch": decode("bat", batch.id),
        "now": clock.now(),
        "ids": arrays.uuids([item.id for item in items]),
        "statuses": arrays.texts([item.status for item in items]),
        "reasons": arrays.texts([item.refusal.reason_code if item.refusal else "" for item in items]),
        "refusals": arrays.texts([item.refusal.code if item.refusal else "" for item in items]),
        "creditors": arrays.uuids([item.creditor for item in items]),
        "amounts": arrays.numbers([item.transfer.amount.minor for item in items]),
        "references": arrays.texts([item.transfer.reference for item in items]),
        "end_to_end_ids": arrays.texts([item.transfer.end_to_end_id for item in items]),
        "postings": arrays.uuids([item.posting_id for item in items]),
        "events": arrays.uuids([item.event_id for item in items]),
        "fees": arrays.numbers([item.fee for item in items]),
    }
    asking.execute(_INSERT, parameters)


def _record(batch: PaymentBatch, items: Sequence[Item], charged: Sequence[Movement], by: Actor) -> None:
    alike = {"debtor_account": batch.debtor_account_id, "currency": batch.currency, "batch": batch.id}
    record_all([_event_of(item) for item in items], by=by, alike=alike)
    record_all(
        [Recorded("fee.charged", ("posting", encode("pst", each.id)), each.event_id) for each in charged],
        by=by,
    )


def _event_of(item: Item) -> Recorded:
    transfer, refusal = item.transfer, item.refusal
    changes: dict[str, str | int] = {
        "status": item.status,
        "creditor_account": transfer.creditor_account,
        "amount": transfer.amount.minor,
    }
    target = ("payment", encode("pay", item.id))
    if refusal:
        return Recorded("payment.refused", target, item.event_id, "denied", refusal.reason_code, changes)
    return Recorded("payment.completed", target, item.event_id, changes=changes)


def _end(batch: PaymentBatch, paid: int, by: Actor) -> None:
    some = Status.COMPLETED if paid == batch.number_of_transactions else Status.PARTLY
    batch.status, batch.executed_at = some if paid else Status.REJECTED, clock.now()
    previous = batch.last_event_id
    batch.version, batch.last_event_id = batch.version + 1, uuid7()
    batch.save(update_fields=["status", "executed_at", "version", "last_event_id"])
    record(
        "batch.executed",
        by=by,
        target=("batch", batch.id),
        target_seq=batch.version,
        previous_event=previous,
        event_id=batch.last_event_id,
        changes={"status": ("RCVD", str(batch.status)), "paid": paid},
    )


def _count(paid: int, refused: int) -> None:
    for status, count in ((Payment.Status.COMPLETED, paid), (Payment.Status.REJECTED, refused)):
        metrics.PAYMENTS.labels(Payment.Kind.INTERNAL, status).inc(count)
