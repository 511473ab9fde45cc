"""The words of the register: what kind of data, on which ground of law, how long, what erasure does."""

from dataclasses import dataclass
from enum import StrEnum


class Category(StrEnum):
    """What kind of data a field holds."""

    PERSONAL = "personal"  # tells who somebody is, or where and when they were
    FINANCIAL = "financial"  # tells what somebody has, ordered or was paid
    TECHNICAL = "technical"  # ids, versions, moments, states: about the row, not about the person
    SECRET = "secret"  # opens something: keys, hashes of passwords and tokens, indexes over ciphertext  # noqa: S105


class Basis(StrEnum):
    """The ground the bank stands on (GDPR, Article 6)."""

    CONTRACT = "Art. 6(1)(b) contract"
    LEGAL_DUTY = "Art. 6(1)(c) legal duty"
    INTEREST = "Art. 6(1)(f) legitimate interest: security"
    CONSENT = "Art. 6(1)(a) consent"
    NO_PERSON = "no personal data"


class AtErasure(StrEnum):
    """What becomes of a row when its person is erased."""

    DESTROYED = "unreadable: its key is destroyed"
    DELETED = "deleted"
    BLANKED = "emptied of what is personal"
    KEPT = "kept, pseudonymous"
    NOBODY = "about nobody"


@dataclass(frozen=True, slots=True)
class Retention:
    """How long something is kept: in words, in days where the clock decides; what ends it if not its age."""

    words: str
    days: int | None = None
    ended_by: str = ""


# After the last account closed, what tells who somebody was is kept as long as the law on money laundering
# asks (Directive (EU) 2015/849, Article 40: five years); the books ten, as much commercial law does.
# In days with every leap day there can be: never shorter than the law asks.
CLOSED_CUSTOMER = Retention("while a customer, then 5 years; earlier when the person asks", 5 * 365 + 2)
LEDGER = Retention(
    "10 years: the books", 10 * 365 + 3, "nothing yet: the books are append-only, and none is ten years old"
)
LOG = Retention("for good: an append-only log of pseudonyms and commitments")
ACCESS_LOG = Retention("24 months", 731)
ANSWERS = Retention("72 hours", 3)
EXPORT = Retention("7 days")
SESSION = Retention("until it ends; that it was there, 24 months more", 731)
REQUEST = Retention("an hour after its time is up")
FAILED_SIGN_IN = Retention("30 days", 30)
STAFF = Retention("while employed, then as long as the log")
IN_USE = Retention("while it is in use")
NOTHING = Retention("nothing is written here")
