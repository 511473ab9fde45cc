"""Account numbers of this bank, written as IBANs (ISO 13616)."""

import re
import secrets

BANK_CODE = "HARB"
SORT_CODE = "040004"
_FORM = re.compile("[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")


def new_iban() -> str:
    """Return a fresh IBAN; that no account has it yet, the database guards."""
    return iban_of(f"{secrets.randbelow(10**8):08d}")


def iban_of(account_number: str) -> str:
    """Return the IBAN of an eight-digit account number, with its check digits (ISO 7064, MOD 97-10)."""
    bban = f"{BANK_CODE}{SORT_CODE}{account_number}"
    return f"GB{98 - int(_digits(f'{bban}GB00')) % 97:02d}{bban}"


def is_here(iban: str) -> bool:
    """Return whether an IBAN is one of this bank's own numbers, given out or not."""
    return iban.startswith("GB") and iban[4:14] == f"{BANK_CODE}{SORT_CODE}"


def read_iban(text: str) -> str:
    """Return an IBAN without its spaces, in capitals; raises ValueError unless its check digits fit."""
    compact = "".join(text.split()).upper()
    if not _FORM.fullmatch(compact) or int(_digits(compact[4:] + compact[:4])) % 97 != 1:
        raise ValueError("this is no IBAN")
    return compact


def _digits(text: str) -> str:
    return "".join(str(int(letter, 36)) for letter in text)


def grouped(iban: str) -> str:
    """Return an IBAN in groups of four, as it is printed."""
    compact = "".join(iban.split())
    return " ".join(compact[start : start + 4] for start in range(0, len(compact), 4))
