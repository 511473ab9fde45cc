"""The payments of a batch: booked or set aside, written and recorded, two thousand by one statement.

PostgreSQL begins with a few. While it books these, the lines of the next and the events of those before are
made here: neither waits.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import islice
from typing import Any, NamedTuple
from uuid import UUID

from django.db import transaction

from accounts.operations import Movement, SetAside, send_movements, set_aside_many
from accounts.queries import get_internal_account
from audit.actor import Actor
from audit.many import Composed, Recorded, compose_all, write_all
from bank import clock
from bank.database import arrays, asking
from bank.errors import Refused
from bank.public_ids import decode, encode, uuid7, uuid7s
from payments import hints
from payments.models import Payment, PaymentBatch, RailTransfer
from payments.operations.fees import reference_of
from payments.rules.batches import Transfer, Under, Verdict

REJECTED, IN_PROCESS, COMPLETED = (
    str(status) for status in (Payment.Status.REJECTED, Payment.Status.IN_PROCESS, Payment.Status.COMPLETED)
)
_KINDS = {REJECTED: "payment.refused", IN_PROCESS: "payment.accepted", COMPLETED: "payment.completed"}
AT_ONCE = 2_000  # fewer cost PostgreSQL more by the statement
FIRST = 250  # but it waits for these
AHEAD = 1  # pieces it has, besides the one whose events are made
WRITTEN_AT_ONCE = 500


def kind_of(transfer: Transfer) -> str:
    """Return the kind of payment this is."""
    return str(Payment.Kind.EXTERNAL if transfer.creditor else Payment.Kind.INTERNAL)


class Item(NamedTuple):
    """One payment of a batch on its way: what was asked, why not, and the ids it will have."""

    number: int  # its place in the file, from 1
    transfer: Transfer
    refusal: type[Refused] | None
    creditor: UUID | None  # None where nobody has this account, as in a single payment, or it is elsewhere
    fee: int  # minor units
    id: UUID
    event_id: UUID
    booked_id: UUID  # of its posting, or of the hold on what shall leave

    @property
    def kind(self) -> str:
        """The kind of payment it is."""
        return kind_of(self.transfer)

    @property
    def status(self) -> str:
        """The status it is kept with."""
        if self.refusal:
            return REJECTED
        return IN_PROCESS if self.transfer.creditor else COMPLETED

    @property
    def is_taken(self) -> bool:
        """Whether it was not refused."""
        return self.refusal is None


def made_items(
    transfers: Sequence[Transfer], verdicts: Iterator[Verdict], under: Under
) -> Iterator[list[Item]]:
    """Make the payment of each transfer, with ids of its own: as many at once as are booked together."""
    done = 0
    while some := transfers[done : done + (AT_ONCE if done else FIRST)]:
        ids = uuid7s(len(some)), uuid7s(len(some)), uuid7s(len(some))
        numbers = range(done + 1, done + 1 + len(some))
        given = zip(numbers, some, islice(verdicts, len(some)), *ids, strict=True)
        yield [_item(under, *each) for each in given]
        done += len(some)


def _item(under: Under, number: int, transfer: Transfer, verdict: Verdict, *ids: UUID) -> Item:
    found = under.standings.get(transfer.creditor_account or "")
    creditor = found.key if found and found.is_customers else None
    return Item(number, transfer, verdict.refusal, creditor, verdict.fee, *ids)


# --- The whole


def carry_out(batch: PaymentBatch, pieces: Iterable[list[Item]], under: Under, by: Actor) -> list[Item]:
    """Book, write and record every payment; what leaves the bank is set aside and queued for the rail.

    PostgreSQL has the next piece before the events of one are made: it never waits. Returns all payments.
    """
    items: list[Item] = []
    told: list[Composed] = []
    with asking.meanwhile():
        booked: list[Callable[[], None]] = []
        untold: list[Callable[[], list[Composed]]] = []
        for some in pieces:
            charges = _charges(batch, some, under)
            booked += _send_booked(batch, some, charges, under)
            _send_rows(batch, some, by)
            untold.append(partial(_told, batch, some, charges, by))
            if len(untold) > AHEAD:
                told += untold.pop(0)()
            items += some
        for tell in untold:
            told += tell()
        for require_booked in booked:
            require_booked()
    _set_aside(batch, items, by)
    write_all(told)
    return items


# --- The money


def _send_booked(
    batch: PaymentBatch, items: Sequence[Item], charges: Sequence[Movement], under: Under
) -> list[Callable[[], None]]:
    """Send what is paid inside this bank, with its fees, to the ledger; return what waits for it."""
    debtor = under.standings[under.debtor_account].key
    paid = [_movement(item, debtor) for item in items if item.status == COMPLETED]
    return [send_movements([*paid, *charges], currency=batch.currency)] if paid else []


def _movement(item: Item, debtor: UUID) -> Movement:
    creditor, transfer = item.creditor or item.id, item.transfer
    minor, reference = transfer.amount.minor, transfer.reference
    return Movement("transfer", item.booked_id, item.event_id, debtor, creditor, minor, reference)


def _charges(batch: PaymentBatch, items: Sequence[Item], under: Under) -> list[Movement]:
    """Return the postings that bring the fees of what is paid inside to the bank's own account."""
    costly = [item for item in items if item.fee and item.status == COMPLETED]
    if not costly:
        return []
    debtor = under.standings[under.debtor_account].key
    fees = under.standings[get_internal_account("fees", batch.currency)].key
    return [
        Movement("fee", uuid7(), uuid7(), debtor, fees, item.fee, reference_of(encode("pay", item.id)))
        for item in costly
    ]


# --- The rows


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
                  %(end_to_end_ids)s::text[], %(postings)s::uuid[], %(events)s::uuid[], %(fees)s::bigint[],
                  %(numbers)s::int[])
           AS item (id, status, reason, refusal, creditor, amount, reference, end_to_end_id,
                                    posting, event, fee, number)
"""


def _send_rows(batch: PaymentBatch, items: Sequence[Item], by: Actor) -> None:
    """Send the rows of the payments that stay in the bank, as one statement."""
    inside = [item for item in items if not item.transfer.creditor]
    if inside:
        asking.send(_INSERT, _columns(batch, inside, by))


def _columns(batch: PaymentBatch, items: Sequence[Item], by: Actor) -> dict[str, Any]:
    return {
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
        "postings": arrays.uuids([item.booked_id if item.is_taken else None for item in items]),
        "events": arrays.uuids([item.event_id for item in items]),
        "fees": arrays.numbers([item.fee for item in items]),
        "numbers": arrays.numbers([item.number for item in items]),
    }


def _external(batch: PaymentBatch, item: Item, by: Actor) -> Payment:
    transfer, refusal = item.transfer, item.refusal
    return Payment(
        id=encode("pay", item.id),
        kind=item.kind,
        status=item.status,
        reason_code=refusal.reason_code if refusal else "",
        refusal=refusal.code if refusal else "",
        debtor_account_id=batch.debtor_account_id,
        creditor_name=transfer.creditor.name if transfer.creditor else None,
        creditor_iban=transfer.creditor.iban if transfer.creditor else None,
        amount=transfer.amount.minor,
        currency=batch.currency,
        reference=transfer.reference,
        end_to_end_id=transfer.end_to_end_id,
        user_id=by.user_id,
        fee=item.fee,
        batch_id=batch.id,
        batch_item=item.number,
        created_at=clock.now(),
        last_event_id=item.event_id,
    )


def _set_aside(batch: PaymentBatch, items: Sequence[Item], by: Actor) -> None:
    """Write the payments to other banks, with their sealed names; set aside what leaves and queue it."""
    outside = [_external(batch, item, by) for item in items if item.transfer.creditor]
    Payment.objects.bulk_create(outside, batch_size=WRITTEN_AT_ONCE)
    leaving = [item for item in items if item.status == IN_PROCESS]
    if not leaving:
        return
    events = uuid7s(len(leaving))
    aside = [
        SetAside(item.booked_id, event, item.transfer.amount.minor + item.fee, item.transfer.reference)
        for item, event in zip(leaving, events, strict=True)
    ]
    set_aside_many(batch.debtor_account_id, aside, currency=batch.currency, by=by)
    queued = [
        RailTransfer(payment_id=encode("pay", item.id), hold_id=encode("txn", item.booked_id))
        for item in leaving
    ]
    RailTransfer.objects.bulk_create(queued, batch_size=WRITTEN_AT_ONCE)
    transaction.on_commit(hints.ask_for_sending)


# --- The trail


def _told(
    batch: PaymentBatch, items: Sequence[Item], charges: Sequence[Movement], by: Actor
) -> list[Composed]:
    """Return the events that say what became of each, and of the fees that were charged."""
    alike = {"debtor_account": batch.debtor_account_id, "currency": batch.currency, "batch": batch.id}
    charged = [
        Recorded("fee.charged", ("posting", encode("pst", each.id)), each.event_id) for each in charges
    ]
    return [
        *compose_all([_event_of(item) for item in items], by=by, alike=alike),
        *compose_all(charged, by=by),
    ]


def _event_of(item: Item) -> Recorded:
    transfer, refusal = item.transfer, item.refusal
    changes: dict[str, str | int] = {
        "status": item.status,
        "creditor_account": transfer.creditor_account or "",
        "amount": transfer.amount.minor,
        **({"fee": item.fee} if item.fee else {}),
    }
    counted = {"payee": _payee_of(item)}
    target = ("payment", encode("pay", item.id))
    kind = _KINDS[item.status]
    if refusal:
        return Recorded(kind, target, item.event_id, "denied", refusal.reason_code, changes, counted)
    return Recorded(kind, target, item.event_id, changes=changes, counted=counted)


def _payee_of(item: Item) -> str:
    """Return what payees are told apart by, as of a single payment: an account that is, or a number."""
    transfer = item.transfer
    if transfer.creditor:
        return transfer.creditor.iban
    return transfer.creditor_account or "" if item.creditor else ""
