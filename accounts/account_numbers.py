"""Account numbers of this bank, written as IBANs (ISO 13616)."""

import secrets

BANK_CODE = "HARB"
SORT_CODE = "040004"


def new_iban() -> str:
    """Return a fresh IBAN; that no account has it yet, the database guards."""
    return iban_of(f"{secrets.randbelow(10**8):08d}")


def iban_of(account_number: str) -> str:
    """Return the IBAN of an eight-digit account number, with its check digits (ISO 7064, MOD 97-10)."""
    bban = f"{BANK_CODE}{SORT_CODE}{account_number}"
    digits = "".join(str(int(letter, 36)) for letter in f"{bban}GB00")
    return f"GB{98 - int(digits) % 97:02d}{bban}"
