"""Indexing long histories for search, behind the ledger: who books knows nothing of it (decision 40).

An index is only a shorter way: what it does not cover yet is read, and what it names is compared.
"""

import time
from collections import deque
from collections.abc import Iterator
from random import shuffle
from typing import NamedTuple
from uuid import UUID

from django.db import transaction

from bank.database import asking
from bank.public_ids import decode, encode, least_made_at
from bank.resilience.alone import alone


class Shape(NamedTuple):
    """How an index is cut; each keeps its own for as long as it lives."""

    block: int = 64  # entries; a history shorter than that costs nothing
    fan: int = 16  # blocks in a block of the next level
    letters: int = 12  # of an ending
    page: int = 256  # endings


USUAL = Shape()
LOOKED_AT_ONCE = 20_000  # accounts, or entries
# More than lies between the making of an entry's id and its commit: a task is cut off after five minutes.
LATELY_SECONDS = 600.0
NOBODY = UUID(int=0)

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

# Of some rows, by their ids: customers' accounts with a full block without pages or amounts, or with blocks
# that no block of the next holds; and the last row. LATERAL … OFFSET 0 keeps the plan on what was looked at.
_BEHIND = """
    WITH looked_at AS MATERIALIZED ({looked_at})
    SELECT ARRAY(
        SELECT account.id
          FROM {accounts} LEFT JOIN LATERAL (
               SELECT * FROM accounts_searchindex i WHERE i.account_id = account.id OFFSET 0) index ON true
         WHERE account.kind IN ('current', 'savings')
           AND (account.last_seq / coalesce(index.block, %(block)s) > coalesce(index.built[1], 0)
                OR account.last_seq / index.block > coalesce(index.summed[1], 0)
                OR EXISTS (SELECT FROM unnest(index.built) WITH ORDINALITY level (made, number)
                            WHERE made / index.fan > coalesce(index.built[number + 1], 0)))
           AND (account.status <> 'CLOSED' OR EXISTS (
                SELECT FROM accounts_accountholder holder
                  JOIN accounts_customer customer ON customer.id = holder.customer_id
                 WHERE holder.account_id = account.id AND customer.erased_at IS NULL OFFSET 0))
         ORDER BY account.id), (SELECT id FROM looked_at ORDER BY id DESC LIMIT 1)
"""
_OF_ALL = _BEHIND.format(
    looked_at="""
        SELECT id, kind, status, last_seq FROM accounts_account
         WHERE id > %(after)s ORDER BY id LIMIT %(limit)s""",
    accounts="looked_at account",
)
# Only an entry that fills a block leaves its account behind; blocks of another size are found a little later.
_OF_THOSE_BOOKED = _BEHIND.format(
    looked_at="""
        SELECT id, account_id, seq FROM accounts_entry
         WHERE id > %(after)s ORDER BY id LIMIT %(limit)s""",
    accounts="""(
        SELECT DISTINCT account_id AS id FROM looked_at WHERE seq %% %(block)s = 0) filled, LATERAL (
        SELECT id, kind, status, last_seq FROM accounts_account a WHERE a.id = filled.id OFFSET 0) account""",
)
# A connection keeps its plan. One made while there was next to nothing would read whole tables ever after.
_BY_ID = "SET LOCAL enable_seqscan TO off"


def index_histories(turn: Iterator[None]) -> None:
    """Index what was booked lately, a step of each account in turn, until the turn is over.

    Reads what was booked since, whatever else there is. Any number may run at once: an account somebody is at
    is passed over. Whatever is missed, `index_all_histories` finds.
    """
    _work(turn, _OF_THOSE_BOOKED, least_made_at(time.time() - LATELY_SECONDS))


def index_all_histories(turn: Iterator[None], *, after: UUID = NOBODY) -> UUID | None:
    """Index whatever is not, of all accounts after this one, as `index_histories` does.

    Returns after which account it is to go on when the turn was over before, or None.
    """
    return _work(turn, _OF_ALL, after)


def _work(turn: Iterator[None], who: str, after: UUID) -> UUID | None:
    waiting, reached = deque[UUID](), after
    for _ in turn:  # a step at least, however long the looking takes
        if not waiting:
            after = reached
            waiting, last = _behind(who, after)
            if last is None:
                return None
            reached = last
        if waiting:
            account = waiting.popleft()
            with alone("indexing", account_id=encode("acc", account)):
                if _index_some(account):
                    waiting.append(account)
    return after if waiting else reached


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


def _behind(who: str, after: UUID) -> tuple[deque[UUID], UUID | None]:
    """Return who is behind among the next that are looked at, and the last of these, or None.

    In no order: an account whose step fails, and takes a whole turn for it, is not always the first.
    """
    with transaction.atomic():
        asking.execute(_BY_ID)
        [[behind, last]] = asking.fetch_all(
            who, {"after": after, "limit": LOOKED_AT_ONCE, "block": USUAL.block}
        )
    shuffle(behind)
    return deque(behind), last
