"""Batches: announced by count, sum and digest, then carried out once when their file arrives.

Everything is set-based (batch_items.py): one statement locks the accounts, one posts, one sets aside what
leaves the bank. A file that is not what was announced changes nothing; the right one may still come.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from django.db import transaction

from accounts.money import CurrencyMismatch, Money
from accounts.operations import lock_standings
from accounts.queries import find_payment_parties, get_internal_account
from accounts.rules import may_pay
from audit.actor import Actor
from audit.operations import record
from bank import clock
from bank.database.statements import insert
from bank.observability import metrics
from bank.public_ids import uuid7
from oauth.operations.in_force import hold_consent
from payments.errors import BatchHashMismatch, NotAllowedToPay, ZeroAmount
from payments.models import Payment, PaymentBatch
from payments.operations import outside
from payments.operations.batch_items import (
    COMPLETED,
    IN_PROCESS,
    Item,
    carry_out,
    kind_of,
    made_items,
)
from payments.operations.terms import count_spent, lock_limits
from payments.queries import find_creditors, get_batch
from payments.queries.terms import TERMS, Terms, terms_in
from payments.rails import rail
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
        insert(batch)
        changes = {"debtor_account": batch.debtor_account_id, "sha256": batch.sha256}
        target = ("batch", batch.id)
        record("batch.announced", by=by, target=target, event_id=batch.last_event_id, changes=changes)
    return batch


def execute_batch(batch_id: str, transfers: Sequence[Transfer], *, sha256: str, by: Actor) -> PaymentBatch:
    """Carry out a batch whose file has come; the same file again changes nothing.

    Raises BatchNotFound, NotAllowedToPay, BatchHashMismatch, BatchCountMismatch, BatchSumMismatch,
    CurrencyMismatch, AtomicBatchLeaves, and RailDown where one to another bank cannot be sent; then nothing
    has changed. A refused payment is kept, as RJCT with its reason.
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
            _execute(batch, transfers, terms, by)
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


def _execute(batch: PaymentBatch, transfers: Sequence[Transfer], terms: Terms, by: Actor) -> None:
    atomic = batch.mode == PaymentBatch.Mode.ATOMIC
    routed = outside.routed_together(_named(transfers, by))
    if atomic:
        rules.check_stays(routed)
    under = _locked(batch, routed, terms)
    pieces = made_items(routed, rules.sift(routed, under, atomic=atomic), under)
    items = carry_out(batch, pieces, under, by)
    if terms.has_limits:
        count_spent(under.debtor_account, sum(item.transfer.amount.minor for item in items if item.is_taken))
    _end(batch, Counter(item.status for item in items), by)
    transaction.on_commit(lambda: _count(items))


def _named(transfers: Sequence[Transfer], by: Actor) -> Sequence[Transfer]:
    """Return the transfers with the creditors that payees of this person stand for."""
    payees = {transfer.payee for transfer in transfers if transfer.payee}
    found = find_creditors(payees, owned_by=by) if payees else {}
    if not found:
        return transfers
    return [
        each._replace(payee=None, creditor=found[each.payee]) if each.payee in found else each
        for each in transfers
    ]


def _locked(batch: PaymentBatch, transfers: Sequence[Transfer], terms: Terms) -> rules.Under:
    """Lock the debtor's limits and every account, and return what the batch is paid under."""
    debtor, currency = batch.debtor_account_id, batch.currency
    limits = lock_limits(debtor) if terms.has_limits else Limits()
    accounts = [debtor, *(transfer.creditor_account for transfer in transfers if transfer.creditor_account)]
    if Payment.Kind.INTERNAL in terms.fees:
        accounts.append(get_internal_account("fees", currency))
    standings = lock_standings(accounts)
    return rules.Under(debtor, standings, partial(_fee, terms), limits, has_rail=rail.is_connected())


def _fee(terms: Terms, transfer: Transfer) -> Money:
    return terms.fee(transfer.amount, kind_of(transfer))


def _end(batch: PaymentBatch, statuses: Mapping[str, int], by: Actor) -> None:
    paid, going = statuses.get(COMPLETED, 0), statuses.get(IN_PROCESS, 0)
    batch.status, batch.executed_at = _status(batch.number_of_transactions, paid, going), clock.now()
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
        changes={"status": ("RCVD", str(batch.status)), "paid": paid, **({"going": going} if going else {})},
    )


def _status(count: int, paid: int, going: int) -> PaymentBatch.Status:
    """Return what became of all; `going` are with the rail."""
    if not paid + going:
        return Status.REJECTED
    if paid + going < count:
        return Status.PARTLY
    return Status.IN_PROCESS if going else Status.COMPLETED


def _count(items: Sequence[Item]) -> None:
    for (kind, status), count in Counter((item.kind, item.status) for item in items).items():
        metrics.PAYMENTS.labels(kind, status).inc(count)
