"""Batches: announced by count, sum and digest, then carried out once when their file arrives.

Everything is set-based: one statement locks the accounts, one posts, one writes the payments, one their
events. A file that is not what was announced changes nothing; the right one may still come.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from accounts.money import CurrencyMismatch, Money
from accounts.operations import Line, NewPosting, lock_standings, post_many
from accounts.queries import find_payment_parties, get_internal_account
from accounts.rules import may_pay
from audit.actor import Actor
from audit.operations import Recorded, record, record_all
from bank import clock
from bank.errors import Refused
from bank.observability import metrics
from bank.public_ids import decode, new, uuid7
from oauth.operations.in_force import hold_consent
from payments.errors import BatchHashMismatch, NotAllowedToPay, ZeroAmount
from payments.models import Payment, PaymentBatch
from payments.operations.inside import fee_posting
from payments.operations.terms import count_spent, lock_limits
from payments.queries import get_batch
from payments.queries.terms import TERMS, Terms, terms_in
from payments.rules import batches as rules
from payments.rules.batches import Transfer
from payments.rules.terms import Limits

Status = PaymentBatch.Status


@dataclass(frozen=True, slots=True)
class NewBatch:
    """What somebody announces: `sha256` is that of the file's bytes, in lower-case hexadecimal."""

    debtor_account: str
    mode: str
    number_of_transactions: int
    control_sum: Money
    sha256: str


@dataclass(frozen=True, slots=True)
class Item:
    """One payment of a batch on its way: what was asked, why not, and the ids it will have."""

    transfer: Transfer
    refusal: type[Refused] | None
    creditor: str | None  # None where nobody has this account, as in a single payment
    fee: Money
    id: str
    event_id: UUID
    posting_id: str | None

    @property
    def status(self) -> str:
        """The status it is kept with."""
        return Payment.Status.REJECTED if self.refusal else Payment.Status.COMPLETED


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
    items = [_item(each, refusal, under) for each, refusal in zip(transfers, refusals, strict=True)]
    paid = [item for item in items if item.posting_id]
    charged = [fee_posting(under.debtor_account, item.fee, item.id) for item in paid if item.fee.minor]
    if paid:
        post_many([*(_posting(item, under.debtor_account) for item in paid), *charged])
    if terms.has_limits:
        count_spent(under.debtor_account, sum(item.transfer.amount.minor for item in paid))
    _insert(batch, items, by)
    record_all([*(_event_of(item, batch) for item in items), *map(_charge_of, charged)], by=by)
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


def _item(transfer: Transfer, refusal: type[Refused] | None, under: rules.Under) -> Item:
    found = under.standings.get(transfer.creditor_account)
    creditor = transfer.creditor_account if found and found.is_customers else None
    fee = Money(0, transfer.amount.currency) if refusal else under.fee(transfer.amount)
    return Item(transfer, refusal, creditor, fee, new("pay"), uuid7(), None if refusal else new("pst"))


def _posting(item: Item, debtor: str) -> NewPosting:
    transfer = item.transfer
    lines = (Line(debtor, -transfer.amount), Line(transfer.creditor_account, transfer.amount))
    return NewPosting(
        kind="transfer",
        lines=lines,
        event_id=item.event_id,
        id=str(item.posting_id),
        reference=transfer.reference,
    )


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
        "ids": [decode("pay", item.id) for item in items],
        "statuses": [item.status for item in items],
        "reasons": [item.refusal.reason_code if item.refusal else "" for item in items],
        "refusals": [item.refusal.code if item.refusal else "" for item in items],
        "creditors": [item.creditor and decode("acc", item.creditor) for item in items],
        "amounts": [item.transfer.amount.minor for item in items],
        "references": [item.transfer.reference for item in items],
        "end_to_end_ids": [item.transfer.end_to_end_id for item in items],
        "postings": [item.posting_id and decode("pst", item.posting_id) for item in items],
        "events": [item.event_id for item in items],
        "fees": [item.fee.minor for item in items],
    }
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, parameters)


def _event_of(item: Item, batch: PaymentBatch) -> Recorded:
    transfer = item.transfer
    return Recorded(
        kind="payment.refused" if item.refusal else "payment.completed",
        target=("payment", item.id),
        event_id=item.event_id,
        outcome="denied" if item.refusal else "success",
        reason=item.refusal.reason_code if item.refusal else "",
        changes={
            "status": str(item.status),
            "debtor_account": batch.debtor_account_id,
            "creditor_account": transfer.creditor_account,
            "amount": transfer.amount.minor,
            "currency": transfer.amount.currency,
            "batch": batch.id,
        },
    )


def _charge_of(charged: NewPosting) -> Recorded:
    return Recorded("fee.charged", ("posting", charged.id), charged.event_id, "success", "", {})


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
