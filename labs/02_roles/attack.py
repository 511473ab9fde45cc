"""A customer asks for the next number, and writes more into their profile than the form has fields for."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from labs.programs import Program, serving
from labs.wire import Answer, call

LIFTS: list[dict[str, Any]] = [
    {"role": "staff"},
    {"name": "Alice", "role": "staff"},
    {"Role": "staff", "role": "staff"},
    {"permissions": ["users:read"], "is_staff": True, "role": "staff "},
]


class Door:
    """A bank where alice is a customer, and so is bob."""

    account_of = {"alice": "1001", "bob": "1002"}
    unused = "1003"

    def __init__(self, program: Program) -> None:
        self._port = program.port

    def account(self, user: str, number: str) -> Answer:
        """Ask for an account."""
        return self._call(user, "GET", f"/accounts/{number}")

    def history(self, user: str, number: str) -> Answer:
        """Ask for an account's transactions."""
        return self._call(user, "GET", f"/accounts/{number}/transactions")

    def change_profile(self, user: str, changes: dict[str, Any]) -> Answer:
        """Change one's own profile."""
        return self._call(user, "PATCH", "/me", changes)

    def everybody(self, user: str) -> Answer:
        """Ask for what only staff may see."""
        return self._call(user, "GET", "/users")

    def _call(self, user: str, method: str, path: str, body: Any = None) -> Answer:
        return call(self._port, method, path, body, {"X-User": user})


@contextmanager
def opened(file: Path) -> Iterator[Door]:
    """Run a program."""
    with serving(file) as program:
        yield Door(program)


def attack(door: Door) -> list[str]:
    """Return what alice saw, or became, that she should not."""
    theirs, nobodys = door.account_of["bob"], door.unused
    found = []
    if door.account("alice", theirs).status == 200:
        found.append("alice sees bob's account by asking for its number")
    if door.history("alice", theirs).status == 200:
        found.append("alice sees bob's transactions by asking for his account's number")
    if without(door.account("alice", theirs), theirs) != without(door.account("alice", nobodys), nobodys):
        found.append("alice is told apart which accounts exist")
    for lift in LIFTS:
        door.change_profile("alice", lift)
        if door.everybody("alice").status == 200:
            return [*found, f"alice made herself staff by sending {lift}"]
    return found


def without(answer: Answer, number: str) -> tuple[int, str]:
    """Return an answer without the number that was asked for."""
    return answer.status, answer.text.replace(number, "")


def honest(door: Door) -> list[str]:
    """Return what bob cannot do with what is his."""
    mine, phone = door.account_of["bob"], f"+44 20 7946 0{secrets.randbelow(1000):03}"
    found = []
    if door.account("bob", mine).status != 200 or door.history("bob", mine).status != 200:
        found.append("bob does not see his own account and its transactions")
    if (door.change_profile("bob", {"phone": phone}).json or {}).get("phone") != phone:
        found.append("bob cannot change his phone number")
    return found
