"""How a personal value is shown to who may know that it is there, but not what it is."""

from collections.abc import Callable
from enum import StrEnum


class Mask(StrEnum):
    """How a field is shown by default. The value is what the record of processing says."""

    SHOWN = "shown"  # to everybody who may see the row
    INITIALS = "first letters"
    EMAIL = "first letters of name and host"
    TAIL = "last four characters"
    LAST_TWO = "last two digits"
    HIDDEN = "hidden"
    NEVER = "never shown"  # a secret: to nobody, its owner neither


def masked(value: object, mask: Mask) -> str:
    """Return a value as the mask shows it; nothing is shown as a dash."""
    text = "" if value is None else str(value)
    if not text:
        return "–"
    return _SHOW[mask](text)


def masked_words(text: str | None) -> str:
    """Return a name with the first letter of each word only: `A•••• M•••••`."""
    return " ".join(word[0] + "•" * min(len(word) - 1, 6) for word in (text or "").split()) or "–"


def masked_email(text: str | None) -> str:
    """Return an e-mail address with first letters only: `a••••@e••••.com`."""
    name, at, domain = (text or "").partition("@")
    if not at:
        return "–"
    host, dot, top = domain.rpartition(".")
    return f"{name[:1]}••••@{host[:1]}••••{dot}{top}"


def masked_tail(text: str | None) -> str:
    """Return the last four characters only: `•••• 4821`."""
    return f"•••• {text[-4:]}" if text else "–"


def masked_two(text: str | None) -> str:
    """Return the last two characters only: `•••• 21`."""
    return f"•••• {text[-2:]}" if text else "–"


_SHOW: dict[Mask, Callable[[str], str]] = {
    Mask.SHOWN: str,
    Mask.INITIALS: masked_words,
    Mask.EMAIL: masked_email,
    Mask.TAIL: masked_tail,
    Mask.LAST_TWO: masked_two,
    Mask.HIDDEN: lambda text: "••••",
    Mask.NEVER: lambda text: "••••",
}
