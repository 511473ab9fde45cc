"""Confirmation of payee: does this name belong to that account number?

Of an account here the bank knows. Of one elsewhere the rail asks the other bank, where it is connected:
`connect(ask)` gives this room the question to ask; until then the answer is *not available*.
"""

from collections.abc import Callable
from dataclasses import dataclass

from accounts.account_numbers import is_here
from accounts.names import NameMatch
from accounts.queries import check_holder_name


@dataclass(frozen=True, slots=True)
class PayeeCheck:
    """What was found: match, close_match, no_match, not_available; of a close match, the right name."""

    result: str
    name: str = ""


NOT_AVAILABLE = PayeeCheck("not_available")
Ask = Callable[[str, str], PayeeCheck]
_asked_elsewhere: list[Ask] = []


def connect(ask: Ask) -> None:
    """Let accounts elsewhere be asked about through `ask(iban, name)`, which raises nothing."""
    _asked_elsewhere[:] = [ask]


def check_name(iban: str, name: str) -> PayeeCheck:
    """Return whether the name belongs to the (sound, compact) account number; not in a transaction."""
    if is_here(iban):
        match, right = check_holder_name(iban, name)
        return PayeeCheck(match.value, right if match is NameMatch.CLOSE else "")
    for ask in _asked_elsewhere:
        return ask(iban, name)
    return NOT_AVAILABLE
