"""The one way to write the ledger."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection, transaction
from psycopg.types.numeric import Int4, Int8

from accounts.errors import ANSWERS
from accounts.models import Account
from accounts.money import Money
from accounts.rules import Standing, sums_to_zero
from bank.database import arrays, asking
from bank.privacy.card_numbers import without_card_numbers
from bank.public_ids import decode, decode_number, encode, new, uuid7, uuid7_numbers

# Cast each array: an empty or all-NULL list has no type of its own.
_TYPES = (
    "uuid[]", "text[]", "uuid[]", "text[]", "text[]", "text[]", "uuid[]", "timestamptz[]",
    "uuid[]", "int[]", "uuid[]", "bigint[]", "text[]", "uuid[]",
)  # fmt: skip
_FEW_LINES = 4


@dataclass(frozen=True, slots=True)
class Line:
    """One line to book: a negative amount is a debit. One that `captures` has the id of its hold."""

    account_id: str
    amount: Money
    entry_id: str = field(default_factory=lambda: new("txn"))
    captures: bool = False


@dataclass(frozen=True, slots=True)
class NewPosting:
    """Lines that sum to zero in each currency, and why. `booked_at` is for history only; None means now."""

    kind: str
    lines: tuple[Line, ...]
    event_id: UUID = field(default_factory=uuid7)
    id: str = field(default_factory=lambda: new("pst"))
    reference: str = ""
    merchant_name: str = ""
    merchant_category_code: str = ""
    reverses: str | None = None
    booked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Booked:
    """Where one line came to stand: its number on the account and the balance after it (minor units)."""

    account_id: str
    entry_id: str
    seq: int
    balance_after: int
    booked_at: datetime


def post_entries(postings: Sequence[NewPosting]) -> list[Booked]:
    """Write postings to the ledger, all or none, in the caller's transaction; returns their lines in order.

    The caller records each posting's event (`event_id`). Raises the Refused of accounts/errors.py that says
    which rule says no; nothing has been written then, and the transaction can go on.
    """
    return [
        Booked(encode("acc", account), encode("txn", entry), seq, balance, at)
        for _, account, entry, seq, balance, at in _post(postings)
    ]


class Movement(NamedTuple):
    """One of many postings of two lines, from one account to another; ids as the database has them."""

    kind: str
    id: UUID
    event_id: UUID
    debtor: UUID
    creditor: UUID
    minor: int
    reference: str = ""


def send_movements(movements: Sequence[Movement], *, currency: str) -> Callable[[], None]:
    """Write postings as `post_entries` does, when nobody asks where each line came to stand.

    Within `asking.meanwhile` they are only sent; what is returned waits, and raises what that would.
    What is moved is never negative: the line of the debtor is.
    """
    if any(movement.minor <= 0 for movement in movements):
        raise ValueError("so much is moved that something is")
    _require_transaction()
    sent = asking.send(_WHETHER, _columns(movements, currency))

    def require_booked() -> None:
        [[refusal]] = sent.rows()
        if refusal is not None:
            raise ANSWERS[refusal]()

    return require_booked


def _columns(movements: Sequence[Movement], currency: str) -> list[object]:
    """Return the arguments of the function: two lines of each movement, the debtor's first."""
    count = len(movements)
    nothing = arrays.texts([""] * count)
    return [
        arrays.uuids([m.id for m in movements]),
        arrays.texts([m.kind for m in movements]),
        arrays.uuids([m.event_id for m in movements]),
        arrays.texts([without_card_numbers(m.reference) for m in movements]),
        nothing,
        nothing,
        arrays.uuids([None] * count),
        arrays.uuids([None] * count),
        arrays.uuids_of(uuid7_numbers(2 * count)),
        arrays.numbers([number for number in range(1, count + 1) for _ in "12"]),
        arrays.uuids([account for m in movements for account in (m.debtor, m.creditor)]),
        arrays.numbers([minor for m in movements for minor in (-m.minor, m.minor)]),
        arrays.texts([currency] * 2 * count),
        None,
    ]


def _post(postings: Sequence[NewPosting]) -> list[tuple[Any, ...]]:
    for posting in postings:
        if not sums_to_zero([line.amount for line in posting.lines]):
            raise ValueError("a posting has two lines or more, and they sum to zero")
    _require_transaction()
    rows = asking.fetch_all(*_call(_arguments(postings)))
    if rows[0][0] is not None:
        raise ANSWERS[rows[0][0]]()
    return rows


def _require_transaction() -> None:
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("post in the transaction of what it is posted for")


def lock_standings(account_ids: Iterable[str]) -> dict[str, Standing]:
    """Return how these accounts stand, nobody else booking on them until the transaction ends.

    Locked in the order of their ids, as `post_entries` does; whoever locks some locks all it will book on.
    """
    texts = {decode_number("acc", account_id): account_id for account_id in set(account_ids)}
    ids = [arrays.uuids_of(texts)]
    rows = asking.fetch_all(_LOCK, ids)
    if any(row[-1] for row in rows):  # held
        asking.fetch_all("SELECT public.expire_holds(%s::uuid[])", ids)
        rows = asking.fetch_all(_LOCK, ids)
    return {
        texts[account.int]: Standing(account, status, currency, kind in Account.CUSTOMER_KINDS, free)
        for account, status, currency, kind, free, _ in rows
    }


_LOCK = """
    SELECT id, status, currency, kind, booked - held + overdraft_limit, held FROM public.accounts_account
     WHERE id = ANY (%s::uuid[]) ORDER BY id FOR NO KEY UPDATE
"""


def _call(arguments: list[list[object] | None]) -> tuple[str, list[object]]:
    """Return the call of the function and its parameters: of few lines each value is a parameter of its own.

    psycopg walks through a list in Python, but reads a single value in C.
    """
    most = max(len(values) for values in arguments if values is not None)
    if most > _FEW_LINES:
        return _composed((0,) * len(_TYPES)), list(arguments)
    lengths = tuple(0 if values is None else len(values) for values in arguments)
    return _composed(lengths), [value for values in arguments for value in (values or [None])]


@cache
def _composed(lengths: tuple[int, ...]) -> str:
    """Return the text for arrays of so many single values; 0 for one that is sent whole."""
    said = [
        f"ARRAY[{', '.join(['%s'] * length)}]::{type_}" if length else f"%s::{type_}"
        for length, type_ in zip(lengths, _TYPES, strict=True)
    ]
    return f"SELECT * FROM public.post_entries({', '.join(said)})"  # noqa: S608 - made of the types above


# Only what a rule refuses is asked for.
_WHETHER = _composed((0,) * len(_TYPES)).replace("SELECT *", "SELECT refusal") + " LIMIT 1"


def _arguments(postings: Sequence[NewPosting]) -> list[list[object] | None]:
    lines = [(number, line) for number, posting in enumerate(postings, 1) for line in posting.lines]
    return [
        [decode("pst", p.id) for p in postings],
        [p.kind for p in postings],
        [p.event_id for p in postings],
        [without_card_numbers(p.reference) for p in postings],  # other banks let through what ours does not
        [without_card_numbers(p.merchant_name) for p in postings],
        [p.merchant_category_code for p in postings],
        [p.reverses and decode("pst", p.reverses) for p in postings],
        [p.booked_at for p in postings],
        [decode("txn", line.entry_id) for _, line in lines],
        [Int4(number) for number, _ in lines],
        [decode("acc", line.account_id) for _, line in lines],
        [Int8(line.amount.minor) for _, line in lines],
        [line.amount.currency for _, line in lines],
        _holds([line for _, line in lines]),
    ]


def _holds(lines: list[Line]) -> list[object] | None:
    """Return the hold each line captures; none at all is the usual case, and costs the database nothing."""
    if not any(line.captures for line in lines):
        return None
    return [decode("txn", line.entry_id) if line.captures else None for line in lines]
