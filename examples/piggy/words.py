"""What the bank says, in plain words."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from examples.piggy.bank import BankRefused

SYMBOLS = {"GBP": "£", "EUR": "€", "JPY": "¥", "USD": "$"}
PAYMENT_STATUS = {
    "ACCC": "it has arrived",
    "ACSC": "it has left your account",
    "ACSP": "it is on its way",
    "PDNG": "the bank is looking at it",
    "RCVD": "the bank has received it",
    "PATC": "somebody else has to agree",
    "RJCT": "the bank refused it",
}
REFUSED = {
    "AM02": "The amount is over a limit.",
    "AM03": "The two accounts hold different currencies.",
    "AM04": "There is not enough money in this account.",
    "AC03": "The bank knows no such account to pay to.",
    "AC04": "One of the two accounts is closed.",
    "AC06": "One of the two accounts is blocked.",
}

# Where in the request the bank found something wrong (a JSON pointer): what to write there.
MISWRITTEN = {
    "/amount/amount": "Write the amount in figures, such as 12.50.",
    "/creditor_account": "Write the other account as the bank names it: acc_ and 26 letters and figures.",
    "/reference": "Shorten the reference, and leave out unusual characters.",
}


def money(amount: dict[str, str]) -> str:
    """Return an amount as people write it: {"amount": "1250.00", "currency": "EUR"} → €1,250.00."""
    symbol = SYMBOLS.get(amount["currency"], amount["currency"] + "\u00a0")
    return f"{symbol}{Decimal(amount['amount']):,}"


def payment_status(status: str) -> str:
    """Return what became of a payment (ISO 20022 status codes)."""
    return PAYMENT_STATUS.get(status, status)


def refusal(refused: BankRefused) -> str:
    """Return why the bank did not do what was asked, for the person who asked."""
    problem = refused.problem
    pointers = [error.get("pointer") for error in problem.get("errors", [])]
    known = [MISWRITTEN[pointer] for pointer in pointers if pointer in MISWRITTEN]
    known += filter(None, [REFUSED.get(str(problem.get("reason_code")))])
    said: Any = problem.get("detail") or problem.get("title") or "The bank did not say why."
    return " ".join(known) or str(said)


def day(moment: str) -> str:
    """Return the day of a moment as people write it: 2026-11-23T11:02:00Z → 23 Nov, or 23 Nov 25."""
    then = datetime.fromisoformat(moment)
    return f"{then:%-d %b}" if then.year == datetime.now(UTC).year else f"{then:%-d %b %y}"
