"""Payments as a person reads them."""


def grouped(iban: str) -> str:
    """Return an IBAN in groups of four, as it is printed."""
    compact = "".join(iban.split())
    return " ".join(compact[start : start + 4] for start in range(0, len(compact), 4))
