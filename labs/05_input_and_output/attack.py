"""Amounts that are no amounts, a reference that is a program for
the page, one that is a formula for the sheet.
"""

import csv
import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from pathlib import Path

from labs.programs import Program, serving
from labs.wire import call

AMOUNTS = [
    '"NaN"',
    "NaN",
    "-Infinity",
    '"-50.00"',
    "-50.00",
    '"1e-9"',
    '"0.001"',
    '"1_0.00"',
    '"\u0661\u0662.00"',
    "true",
]
TWICE = '"amount": "1.00", "amount": "2.00"'
SCRIPTS = [
    "<script>steal()</script>",
    "<img src=x onerror=steal()>",
    "<scr<script></script>ipt>steal()</scr</script>ipt>",
]
FORMULAS = ["=1+1", "@SUM(A1)", "+1+1", "-1+1", "\t=1+1", "\uff1d1+1", 'x"\r\n=1+1']
HONEST = "Fish & chips from Zoë O'Neill"


class Door:
    """A bank that takes payments and shows them."""

    def __init__(self, program: Program) -> None:
        self._port = program.port

    def pay(self, amount: str, reference: str) -> bool:
        """Pay; the amount is the JSON of one member. Returns whether it was booked."""
        return call(self._port, "POST", "/payments", payment(amount, reference)).status == 201

    def page(self) -> str:
        """Return the page that shows all payments."""
        return call(self._port, "GET", "/payments.html").text

    def sheet(self) -> str:
        """Return the payments as CSV."""
        return call(self._port, "GET", "/payments.csv").text


def payment(amount: str, reference: str) -> bytes:
    """Return the body of a request."""
    return f'{{{amount}, "reference": {json.dumps(reference)}}}'.encode()


@contextmanager
def opened(file: Path) -> Iterator[Door]:
    """Run a program and knock at it."""
    with serving(file) as program:
        yield Door(program)


def attack(door: Door) -> list[str]:
    """Return what got through: as money, as a script, as a formula."""
    money = [
        each for each in [*(f'"amount": {amount}' for amount in AMOUNTS), TWICE] if door.pay(each, "rent")
    ]
    for reference in [*SCRIPTS, *FORMULAS]:
        door.pay('"amount": "0.01"', reference)
    return [
        *(f"{each} was booked as a payment" for each in money),
        *(f"the page runs {each}" for each in programs_of(door.page())),
        *(f"the sheet computes {each!r}" for each in formulas_of(door.sheet())),
    ]


def honest(door: Door) -> list[str]:
    """Return what does not work for a customer who pays for lunch."""
    if not door.pay('"amount": "0.50"', HONEST):
        return [f"an honest payment of 0.50 for {HONEST!r} was refused"]
    shown = HONEST in Page(door.page()).text
    kept = any(HONEST in cell for row in rows_of(door.sheet()) for cell in row)
    return [
        f"{where} does not show {HONEST!r} as it was written"
        for where, fine in (("the page", shown), ("the sheet", kept))
        if not fine
    ]


class Page(HTMLParser):
    """A page as a browser takes it: its text, and what it would run."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text = ""
        self.runs: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep tags that run something of the attacker's."""
        if (tag == "script" and not dict(attrs).get("src")) or any(
            name.startswith("on") for name, _ in attrs
        ):
            self.runs.append(self.get_starttag_text() or tag)

    def handle_data(self, data: str) -> None:
        """Keep what is read."""
        self.text += data


def programs_of(html: str) -> list[str]:
    """Return the tags of a page that run something."""
    return Page(html).runs


def rows_of(sheet: str) -> list[list[str]]:
    """Return the cells of a CSV."""
    return list(csv.reader(io.StringIO(sheet, newline="")))


def formulas_of(sheet: str) -> list[str]:
    """Return the cells a spreadsheet would compute (OWASP, CSV injection); a plain number is none."""
    cells = [cell for row in rows_of(sheet) for cell in row]
    return [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d"))]
