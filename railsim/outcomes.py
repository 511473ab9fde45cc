"""Names of payees that choose what becomes of a transfer, so that whoever tries the bank sees each case."""

from dataclasses import dataclass
from difflib import SequenceMatcher


@dataclass(frozen=True, slots=True)
class Outcome:
    """What becomes of a transfer: its status at once, a reason, seconds until it settles (None: never)."""

    status: str = "ACSP"
    reason: str = ""
    settles_after: float | None = 0.0
    answers_late: bool = False


ORDINARY = Outcome()
REVIEW_SECONDS = 20.0
BY_NAME = {
    "payee ok": ORDINARY,
    "pending": Outcome(settles_after=None),
    "reject": Outcome(status="RJCT", reason="AC04", settles_after=None),
    "timeout": Outcome(answers_late=True),
    "review": Outcome(status="PDNG", settles_after=REVIEW_SECONDS),
    "name mismatch": Outcome(status="RJCT", reason="BE01", settles_after=None),
}
_ALIKE = 0.8


def outcome_of(name: str) -> Outcome:
    """Return what becomes of a transfer to somebody of this name."""
    return BY_NAME.get(_plain(name), ORDINARY)


def match_of(name: str) -> tuple[str, str]:
    """Return whether a name fits its account (MATC, CMTC, NMTC) and, where it is close, the right name."""
    plain = _plain(name)
    if plain == "name mismatch":
        return "NMTC", ""
    if plain in BY_NAME:
        return "MATC", ""
    alike = max(BY_NAME, key=lambda known: SequenceMatcher(None, plain, known).ratio())
    if SequenceMatcher(None, plain, alike).ratio() >= _ALIKE:
        return "CMTC", alike.title()
    return "MATC", ""


def _plain(name: str) -> str:
    return " ".join(name.casefold().split())
