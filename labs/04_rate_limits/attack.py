"""Many guesses at one person's code, each over a connection of its own, all at the same moment."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from labs.programs import Program, serving
from labs.wire import at_once, call

GUESSES = 24
IN, WRONG, TOO_MANY = 200, 401, 429


class Door:
    """A sign-in that asks for a code."""

    most_tries = 5

    def __init__(self, program: Program) -> None:
        self._program = program

    def guess(self, name: str, code: str, number: int = 1) -> int:
        """Try a code as if from another network each time; returns IN, WRONG or TOO_MANY."""
        headers = {"X-Forwarded-For": f"203.0.113.{number}"}
        return call(self._program.port, "POST", "/sign-in", {"name": name, "code": code}, headers).status

    def code_of(self, name: str) -> str:
        """Return what the person reads on their own phone."""
        return (self._program.folder / f"phone-of-{name}.txt").read_text()


@contextmanager
def opened(file: Path) -> Iterator[Door]:
    """Run a program and knock at it."""
    with serving(file) as program:
        yield Door(program)


def attack(door: Door) -> list[str]:
    """Return what got through: more guesses were judged than anybody is allowed."""
    guesses = [partial(door.guess, "alice", f"{n:06}", n) for n in range(GUESSES)]
    judged = sum(status in (IN, WRONG) for status in at_once(guesses))
    if judged <= door.most_tries:
        return []
    return [f"{judged} of {GUESSES} guesses at alice's code were judged; {door.most_tries} are allowed"]


def honest(door: Door) -> list[str]:
    """Return what does not work for bob, who mistypes once."""
    code = door.code_of("bob")
    wrong = door.guess("bob", f"{(int(code) + 1) % 10**6:06}")
    right = door.guess("bob", code)
    return [
        words
        for words, fine in (
            (f"bob's mistyped code was answered {wrong}, not {WRONG}", wrong == WRONG),
            (f"bob's right code was answered {right}, not {IN}", right == IN),
        )
        if not fine
    ]
