"""A customer writes card numbers into references, as customers do;
then somebody reads whatever the bank keeps.
"""

import json
import re
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from labs.programs import Program, serving
from labs.wire import call

# Numbers every card network keeps for tests, as people write them.
CARDS = [
    "4242424242424242",
    "5200 8282 8282 8210",
    "6011-1111-1111-1117",
    "card:5555555555554444",
    "3782 822463 10005",
    "6304 0000 0000 0000 000",
    "4000\u00a00566\u00a05566\u00a05556",
    "\uff14\uff11\uff11\uff11 1111 1111 1111",
]
HONEST = [
    "Invoice 2024000123456781",
    "Fish & chips, 2026-11-28",
    "+44 20 7946 0000",
    "GB29 NWBK 6016 1331 9268 19",
]


class Door:
    """A bank that keeps payments, a log, and whatever else."""

    def __init__(self, program: Program) -> None:
        self._program = program

    def pay(self, reference: str) -> bool:
        """Pay for something; returns whether the bank took it."""
        return call(self._program.port, "POST", "/payments", {"reference": reference}).status == 201

    def shown(self) -> list[str]:
        """Return the references the bank shows."""
        return call(self._program.port, "GET", "/payments").json or []

    def kept(self) -> dict[str, str]:
        """Return all the bank has written, by place."""
        files = [path for path in self._program.folder.rglob("*") if path.is_file()]
        return {path.name: path.read_text(errors="replace") for path in files}


@contextmanager
def opened(file: Path) -> Iterator[Door]:
    """Run a program."""
    with serving(file) as program:
        yield Door(program)


def attack(door: Door) -> list[str]:
    """Return where which card number can be read."""
    for card in CARDS:
        door.pay(f"{card} thanks")
    places = {**door.kept(), "the page of payments": json.dumps(door.shown(), ensure_ascii=False)}
    found = {name: [card for card in CARDS if digits(card) in digits(text)] for name, text in places.items()}
    return [
        f"{name} holds {len(cards)} of {len(CARDS)} card numbers, such as {cards[0]!r}"
        for name, cards in found.items()
        if cards
    ]


def digits(text: str) -> str:
    """Return a text with its digits in ASCII, and nothing between digits that people write there."""
    plain = "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in unescaped(text))
    return re.sub(r"(?<=\d)[\s\u00a0-]+(?=\d)", "", plain)


def unescaped(text: str) -> str:
    """Return a text with what JSON writes as \\uXXXX as characters."""
    return re.sub(r"\\u([0-9a-f]{4})", lambda found: chr(int(found[1], 16)), text)


def honest(door: Door) -> list[str]:
    """Return which reference without any card number is not kept as it was written."""
    for reference in HONEST:
        door.pay(reference)
    return [
        f"{reference!r} is not shown as it was written"
        for reference in HONEST
        if reference not in door.shown()
    ]
