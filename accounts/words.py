"""Money as a person reads it: with the currency's sign and grouped thousands. The wire has Money.__str__."""

from accounts.money import Money

SIGNS = {"EUR": "€", "GBP": "£", "JPY": "¥", "USD": "$"}
MINUS = "\N{MINUS SIGN}"


def said(money: Money) -> str:
    """Return an amount for people: `€1,204.50`, `-£3.00` (with a true minus), `BHD 10.000`."""
    whole, point, decimals = str(money).removeprefix("-").partition(".")
    sign = SIGNS.get(money.currency, f"{money.currency} ")
    return f"{MINUS if money.minor < 0 else ''}{sign}{int(whole):,}{point}{decimals}"
