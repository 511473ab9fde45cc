"""A stranger says they are in the office: in each header that has
ever been believed, with and without the proxy.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from labs.programs import Program, serving
from labs.wire import call

PROXY, CLERK, STRANGER = "127.0.0.2", "127.7.0.5", "127.9.0.9"
LIES: list[dict[str, str]] = [
    {"X-Forwarded-For": CLERK},
    {"X-Forwarded-For": f"{CLERK}, {PROXY}"},
    {"X-Forwarded-For": f"{CLERK}, {CLERK}, {CLERK}"},
    {"X-Forwarded-For": CLERK, "Via": "1.1 gateway"},
    {"X-Real-IP": CLERK},
    {"Forwarded": f"for={CLERK}"},
    {"X-Client-IP": CLERK, "True-Client-IP": CLERK, "CF-Connecting-IP": CLERK},
]


class Door:
    """A staff page behind a proxy that can also be reached without it, by somebody inside the data centre."""

    def __init__(self, program: Program) -> None:
        self._port = program.port

    def through_the_proxy(self, client: str, headers: dict[str, str]) -> int:
        """Return the status of what the proxy passes on: it adds the address it was called from."""
        seen = ", ".join(filter(None, [headers.get("X-Forwarded-For", ""), client]))
        return self.directly(PROXY, {**headers, "X-Forwarded-For": seen, "Via": "1.1 gateway"})

    def directly(self, client: str, headers: dict[str, str]) -> int:
        """Return the status for somebody who connects to the server itself."""
        return call(self._port, "GET", "/staff", headers=headers, source=client).status


@contextmanager
def opened(file: Path) -> Iterator[Door]:
    """Run a program."""
    with serving(file) as program:
        yield Door(program)


def attack(door: Door) -> list[str]:
    """Return which lie opened the staff page."""
    ways = {"through the proxy": door.through_the_proxy, "past the proxy": door.directly}
    return [
        f"a stranger came in {way} by writing {said(lie)}"
        for way, knock in ways.items()
        for lie in LIES
        if knock(STRANGER, lie) == 200
    ]


def said(lie: dict[str, str]) -> str:
    """Return headers as one reads them."""
    return "; ".join(f"{name}: {value}" for name, value in lie.items())


def honest(door: Door) -> list[str]:
    """Return who of the office stands outside, and whether a stranger who says nothing stands inside."""
    found = []
    if door.through_the_proxy(CLERK, {}) != 200:
        found.append("a clerk in the office is not let in")
    if door.through_the_proxy(STRANGER, {}) != 403:
        found.append("a stranger who claims nothing is let in")
    return found
