"""Money that leaves the bank and comes into it, over the bank's settlement accounts.

What shall leave is set aside without an end: only who knows what became of it books or frees it.
"""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from accounts.errors import ANSWERS
from accounts.models import Hold
from accounts.money import Money
from accounts.operations.holds import give_up, note_end, write_hold
from accounts.operations.ledger import Line, NewPosting, post_entries
from accounts.queries import get_settlement_account
from audit.actor import Actor
from audit.many import Recorded, record_all
from bank.database import arrays, asking
from bank.public_ids import decode, encode, new, uuid7


def set_aside(account_id: str, amount: Money, *, reference: str, by: Actor) -> str:
    """Set money aside that shall leave, and return the hold; raises the Refused of the ledger."""
    hold_id = new("txn")
    settlement = get_settlement_account(amount.currency).id
    write_hold(hold_id, account_id, settlement, amount, None, reference, by, uuid7())
    return hold_id


class SetAside(NamedTuple):
    """One of many amounts that shall leave (minor units). Ids as the database has them."""

    hold_id: UUID
    event_id: UUID
    minor: int
    reference: str


def set_aside_many(account_id: str, leaving: Sequence[SetAside], *, currency: str, by: Actor) -> None:
    """Set money aside as `set_aside` does, all of it or none."""
    found = asking.fetch_one(
        "SELECT public.place_holds(%s::uuid[], %s, %s, %s::bigint[], %s, %s::text[], %s, %s::uuid[])",
        [
            arrays.uuids([each.hold_id for each in leaving]),
            decode("acc", account_id),
            decode("acc", get_settlement_account(currency).id),
            arrays.numbers([each.minor for each in leaving]),
            currency,
            arrays.texts([each.reference for each in leaving]),
            decode("usr", by.user_id) if by.user_id else None,
            arrays.uuids([each.event_id for each in leaving]),
        ],
    )
    if found and found[0] is not None:
        raise ANSWERS[found[0]]()
    placed = [
        Recorded(
            "hold.placed",
            ("hold", encode("txn", each.hold_id)),
            each.event_id,
            changes={"amount": each.minor},
        )
        for each in leaving
    ]
    record_all(placed, by=by, alike={"currency": currency, "account": account_id})


def let_go(hold_id: str, money: Money, *, event_id: UUID, by: Actor, also: Sequence[NewPosting] = ()) -> str:
    """Book what has left of what was set aside, and return the posting; raises HoldEnded.

    `also` is booked by the same call from the rest that was set aside; what remains is free. Events of
    postings (`event_id`) are the caller's to record: the payment's, not the hold's.
    """
    hold = Hold.objects.get(id=hold_id)
    lines = (
        Line(hold.account_id, -money, entry_id=hold.id, captures=True),
        Line(hold.creditor_account_id, money),
    )
    posting = NewPosting(kind="withdrawal", lines=lines, event_id=event_id, reference=hold.reference)
    post_entries([posting, *also])
    note_end(hold_id, "hold.settled", by, uuid7(), {"captured": money.minor})
    return posting.id


def keep(hold_id: str, *, by: Actor) -> None:
    """Free what was set aside, for it does not leave; raises HoldEnded."""
    give_up(hold_id, by=by)


def take_in(account_id: str, amount: Money, *, event_id: UUID, reference: str) -> str:
    """Book money that came in, and return the posting; raises the Refused of the ledger."""
    lines = (Line(get_settlement_account(amount.currency).id, -amount), Line(account_id, amount))
    posting = NewPosting(kind="deposit", lines=lines, event_id=event_id, reference=reference)
    post_entries([posting])
    return posting.id
