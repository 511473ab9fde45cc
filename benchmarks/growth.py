"""Asks accounts with long histories, in a process of its own: `python -m benchmarks.growth`.

Each line on standard input, `open SIZE` or `ask WHAT ACCOUNT SECONDS`, is answered by one line of JSON: the
account that was opened and filled, or how often a second it could be asked. The questions are the bank's own
functions, with the rights of the application's role, without HTTP around them.
"""

import json
import random
import sys
import time
from collections.abc import Callable
from typing import Any

from benchmarks.fill import BATCH, RICH_MINOR, deposit, open_customer

MOMENTS = 2_000  # are asked for, each of some entry


def open_account(size: int) -> str:
    """Open an account, book `size` entries on it and index them, as the worker would; return its id."""
    from accounts.account_numbers import new_iban
    from accounts.operations import index_history
    from accounts.operations import open_account as opened
    from audit.actor import system

    by = system("benchmark")
    customer = open_customer(f"long{size}", None, by)
    account_id: str = opened(
        name="Long history",
        kind="current",
        currency="GBP",
        iban=new_iban(),
        holders={customer: "owner"},
        by=by,
    ).id
    for start in range(0, size, BATCH):
        deposit([account_id] * min(BATCH, size - start))
    while not _is_indexed(account_id, size):
        index_history(account_id)  # passes over what the worker is at
    return account_id


def _is_indexed(account_id: str, size: int) -> bool:
    """Return whether every level is made: blocks of entries, and blocks of blocks."""
    from accounts.models import SearchIndex

    index = SearchIndex.objects.filter(account=account_id).first()
    if index is None:
        return False
    wanted, blocks = [], size // index.block
    while blocks:
        wanted.append(blocks)
        blocks //= index.fan
    return bool(index.built == index.summed == wanted)


def ask(what: str, account_id: str, seconds: float) -> float:
    """Ask one question over and over for `seconds`; return how many answers came in a second."""
    question = _questions(account_id)[what]
    question()
    began, answered = time.perf_counter(), 0
    while time.perf_counter() - began < seconds:
        question()
        answered += 1
    return answered / (time.perf_counter() - began)


def _questions(account_id: str) -> dict[str, Callable[[], Any]]:
    from accounts.models import Account, Entry
    from accounts.queries import TransactionFilter, balance_at, list_transactions
    from audit.actor import Actor

    account, by = Account.objects.get(id=account_id), Actor(type="app", bound_to_consent=True)
    of_account = Entry.objects.filter(account_id=account_id)
    some = of_account.filter(seq__in=random.choices(range(1, account.last_seq + 1), k=MOMENTS))
    moments = list(some.values_list("booked_at", flat=True))

    def page(asked: TransactionFilter, after_seq: int | None) -> None:
        list_transactions(account, seen_by=by, asked=asked, after_seq=after_seq, limit=51)

    return {
        "list": lambda: page(TransactionFilter(), random.randint(52, account.last_seq)),
        "search": lambda: page(
            TransactionFilter(since=random.choice(moments), direction="CRDT", words="opening"), None
        ),
        "search in vain": lambda: page(TransactionFilter(words="nowhere"), None),
        "search, frequent words and a rare amount": lambda: page(
            TransactionFilter(words="opening", min_minor=RICH_MINOR + 1), None
        ),
        "balance at a moment": lambda: balance_at(account, random.choice(moments)),
    }


def main() -> None:
    """Answer line by line."""
    import django

    django.setup()
    calls: dict[str, Callable[..., Any]] = {"open": open_account, "ask": ask}
    for line in sys.stdin:
        name, *arguments = json.loads(line)
        print(json.dumps(calls[name](*arguments)), flush=True)


if __name__ == "__main__":
    main()
