"""Money and bookings as a person reads them, in the language of the page; programs get Money.__str__."""

from django.utils.translation import get_language, gettext, gettext_noop

from accounts.money import Money

SIGNS = {"EUR": "€", "GBP": "£", "JPY": "¥", "USD": "$"}
MINUS = "\N{MINUS SIGN}"
THIN, NO_BREAK = "\N{NARROW NO-BREAK SPACE}", "\N{NO-BREAK SPACE}"

# What the bank itself writes with a booking, in English as programs get it.
OPENING_BALANCE = gettext_noop("Opening balance")
FEE_FOR = gettext_noop("Fee for %(payment)s")
_FEE = FEE_FOR % {"payment": ""}


def booked_as(kind: str, written: str) -> str:
    """Return what stands with a booking: the bank's own words translated, all others as they were written."""
    if kind == "fee" and written.startswith(_FEE):
        return gettext(FEE_FOR) % {"payment": written.removeprefix(_FEE)}
    return gettext(OPENING_BALANCE) if (kind, written) == ("deposit", OPENING_BALANCE) else written


def said(money: Money) -> str:
    """Return an amount for people: `€1,204.50`, `-£3.00` (with a true minus), `BHD 10.000`; `1 204,50 €`.

    Every digit is said: nothing is rounded, and nothing is read from the locale of the computer.
    """
    whole, point, decimals = str(money).removeprefix("-").partition(".")
    minus, sign = MINUS if money.minor < 0 else "", SIGNS.get(money.currency, "")
    if _is_french():
        grouped = f"{int(whole):,}".replace(",", THIN)
        return f"{minus}{grouped}{point.replace('.', ',')}{decimals}{NO_BREAK}{sign or money.currency}"
    return f"{minus}{sign or f'{money.currency} '}{int(whole):,}{point}{decimals}"


def typed(text: str) -> str:
    """Return an amount as a person typed it, for Money.parse to read: in French a comma is the point."""
    return text.replace(",", ".") if _is_french() else text


def typeable(money: Money) -> str:
    """Return an amount as a person would type it, without its currency: what `typed` takes back."""
    return str(money).replace(".", ",") if _is_french() else str(money)


def _is_french() -> bool:
    return (get_language() or "").startswith("fr")
