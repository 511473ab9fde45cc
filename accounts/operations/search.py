"""Indexing long histories for search, behind the ledger: who books knows nothing of it (decision 40).

An index is only a shorter way: what it does not cover yet is read, and what it names is compared.
"""

from collections import deque
from collections.abc import Iterator
from typing import NamedTuple
from uuid import UUID

from django.db import transaction

from bank.database import asking
from bank.public_ids import decode


class Shape(NamedTuple):
    """How an index is cut; each keeps its own for as long as it lives."""

    block: int = 64  # entries; a history shorter than that costs nothing
    fan: int = 16  # blocks in a block of the next level
    letters: int = 12  # of an ending
    page: int = 256  # endings


USUAL = Shape()
LOOKED_AT_ONCE = 20_000  # accounts

# Whose holders are all erased is not indexed again; who is just being erased is left alone.
_BEGIN = """
    INSERT INTO accounts_searchindex (account_id, block, fan, letters, page, built)
    SELECT account.id, %(block)s, %(fan)s, %(letters)s, %(page)s, '{}'
      FROM accounts_account account, LATERAL (
           SELECT FROM accounts_accountholder holder
             JOIN accounts_customer customer ON customer.id = holder.customer_id
            WHERE holder.account_id = account.id AND customer.erased_at IS NULL
            LIMIT 1 FOR KEY SHARE OF customer SKIP LOCKED) somebody
     WHERE account.id = %(account)s AND account.last_seq >= %(block)s
        ON CONFLICT DO NOTHING
"""

# Customers' accounts with a full block without pages or amounts, or with blocks no block of the next holds.
_BEHIND = """
    WITH looked_at AS MATERIALIZED (
        SELECT id, kind, status, last_seq FROM accounts_account
         WHERE id > %(after)s ORDER BY id LIMIT %(limit)s)
    SELECT account.id, behind.it_is
      FROM looked_at account LEFT JOIN accounts_searchindex index ON index.account_id = account.id, LATERAL (
           SELECT account.kind IN ('current', 'savings')
              AND (account.last_seq / coalesce(index.block, %(block)s) > coalesce(index.built[1], 0)
                   OR account.last_seq / index.block > coalesce(index.summed[1], 0)
                   OR EXISTS (SELECT FROM unnest(index.built) WITH ORDINALITY level (made, number)
                               WHERE made / index.fan > coalesce(index.built[number + 1], 0)))
              AND (account.status <> 'CLOSED' OR EXISTS (
                   SELECT FROM accounts_accountholder holder
                     JOIN accounts_customer customer ON customer.id = holder.customer_id
                    WHERE holder.account_id = account.id AND customer.erased_at IS NULL)) AS it_is) behind
     WHERE behind.it_is OR account.id = (SELECT id FROM looked_at ORDER BY id DESC LIMIT 1)
     ORDER BY account.id
"""


def index_histories(turn: Iterator[None]) -> int:
    """Index what was booked since, a step of each account in turn, until the turn is over; return the steps.

    Any number may run at once: an account somebody is at is passed over.
    """
    steps, waiting, after = 0, deque[UUID](), UUID(int=0)
    is_more = True
    for _ in turn:
        if not waiting and is_more:
            waiting, after, is_more = _behind(after)
        elif not waiting:
            break
        elif _index_some(account := waiting.popleft()):
            waiting.append(account)
            steps += 1
    return steps


def index_history(account_id: str, *, shape: Shape = USUAL) -> None:
    """Index all there is of one account now."""
    account = decode("acc", account_id)
    while _index_some(account, shape):
        pass


def _index_some(account: UUID, shape: Shape = USUAL) -> bool:
    """Take one step; return whether there was one to take."""
    with transaction.atomic():
        done = _step(account)
        if done is None and asking.execute(_BEGIN, {"account": account, **shape._asdict()}):
            done = _step(account)
        return bool(done)


def _step(account: UUID) -> bool | None:
    """Return whether something was done; None where there is no index, or somebody is at it."""
    [[done]] = asking.fetch_all("SELECT public.index_some_entries(%s)", [account])
    return done  # type: ignore[no-any-return]


def _behind(after: UUID) -> tuple[deque[UUID], UUID, bool]:
    """Return who of the next accounts is behind, the last that was looked at, and whether there was one."""
    named = {"after": after, "limit": LOOKED_AT_ONCE, "block": USUAL.block}
    rows = asking.fetch_all(_BEHIND, named)
    return deque(row[0] for row in rows if row[1]), rows[-1][0] if rows else after, bool(rows)
