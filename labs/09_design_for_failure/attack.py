"""Nobody attacks here but the network: it loses an answer, and the client does what clients do."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from labs.programs import Program, serving
from labs.wire import Answer, at_once, call

IN_WORK = 409  # the first of the two is not done yet: ask again
TRIES = 20
PATIENCE_SECONDS = 3


class Door:
    """A bank that takes payments."""

    def __init__(self, program: Program) -> None:
        self._program = program

    def pay(self, key: str, amount: int, *, lose_answer: bool = False) -> Answer:
        """Send a payment; the answer may be lost on the way."""
        return call(
            self._program.port,
            "POST",
            "/payments",
            {"amount": amount},
            {"Idempotency-Key": key},
            hang_up=lose_answer,
        )

    def balance(self) -> int:
        """Return what is left."""
        return int(call(self._program.port, "GET", "/balance").json["balance"])

    def restart(self) -> None:
        """Kill the bank and start it again."""
        self._program.restart()


@contextmanager
def opened(file: Path) -> Iterator[Door]:
    """Run a program and pay with it."""
    with serving(file) as program:
        yield Door(program)


def attack(door: Door) -> list[str]:
    """Return what was paid that nobody ordered."""
    return [
        *paid_too_much(door, "the answer was lost, and the client asked again", lost),
        *paid_too_much(door, "the bank was restarted before the client asked again", lost_and_restarted),
        *paid_too_much(door, "the client sent it eight times at the same moment", eight_times),
        *mistaken(door),
    ]


def paid_too_much(door: Door, story: str, send: Callable[[Door, str], None]) -> list[str]:
    """Return the story when a payment of 10 took more than 10."""
    before = door.balance()
    send(door, uuid4().hex)
    taken = before - door.balance()
    return [] if taken == 10 else [f"{story}: of 10 pounds, {taken} were taken"]


def lost(door: Door, key: str) -> None:
    """Lose the answer, insist."""
    pay_unheard(door, key)
    insist(door, key)


def lost_and_restarted(door: Door, key: str) -> None:
    """Lose the answer, and let the bank lose its memory."""
    pay_unheard(door, key)
    door.restart()
    insist(door, key)


def eight_times(door: Door, key: str) -> None:
    """Send a payment from eight threads."""
    at_once([lambda: door.pay(key, 10)] * 8)


def insist(door: Door, key: str) -> None:
    """Ask again with the same key; to a client that hears *no*, it was not paid, so it pays anew."""
    for _ in range(TRIES):
        answer = door.pay(key, 10)
        if answer.status != IN_WORK:
            break
        time.sleep(0.05)
    if answer.status != 201:
        door.pay(uuid4().hex, 10)


def pay_unheard(door: Door, key: str) -> None:
    """Pay, lose the answer, and wait (a while) until the money is gone."""
    before, deadline = door.balance(), time.monotonic() + PATIENCE_SECONDS
    door.pay(key, 10, lose_answer=True)
    while door.balance() == before and time.monotonic() < deadline:
        time.sleep(0.02)


def mistaken(door: Door) -> list[str]:
    """Return whether another payment under a used key is told that it was made."""
    key = uuid4().hex
    door.pay(key, 10)
    answer = door.pay(key, 70)
    return [f"a payment of 70 under a used key was answered: {answer.text}"] if answer.status == 201 else []


def honest(door: Door) -> list[str]:
    """Return what does not work for somebody who buys the same thing twice."""
    before = door.balance()
    first, second = door.pay(uuid4().hex, 5), door.pay(uuid4().hex, 5)
    taken = before - door.balance()
    return [
        words
        for words, fine in (
            (
                "two payments of 5 with two keys were not both made",
                (first.status, second.status) == (201, 201),
            ),
            ("two payments have the same answer", first.json != second.json),
            (f"10 pounds were ordered and {taken} taken", taken == 10),
        )
        if not fine
    ]
