"""A year of card purchases, rent and salaries: the same year for the same seed, ending on a given balance."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from accounts.words import OPENING_BALANCE

# Merchant, ISO 18245 category, typical amount in cents, how often in a month
MERCHANTS = (
    ("Marché Bio", "5411", 3_400, 8),
    ("Boulangerie Lune", "5462", 620, 5),
    ("Café Lumen", "5814", 480, 4),
    ("Métro Ouest", "4111", 1_900, 2),
    ("Pharmacie du Port", "5912", 1_450, 1),
    ("Cinéma Rex", "7832", 1_150, 1),
    ("Librairie Azur", "5942", 2_300, 1),
    ("Trattoria Sole", "5812", 4_100, 3),
    ("Atelier Vélo", "3998", 3_900, 1),
    ("Maison & Fil", "5651", 5_600, 1),
)
# Merchant, category, amount in cents, day of the month; a negative amount goes out
MONTHLY = (
    ("Nordwind Studios", "", 110_000, 27),
    ("Résidence Quai 9", "6513", -62_000, 1),
    ("Énergie Claire", "4900", -9_000, 5),
    ("Ondes Mobile", "4814", -2_500, 8),
    ("Mutuelle Sereine", "6300", -6_000, 12),
)
DAYS = 360  # an app sees twelve months: the first happening stays in sight for some days


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing in that year: negative minor units went out."""

    moment: datetime
    minor: int
    kind: str
    merchant_name: str
    merchant_category_code: str
    reference: str = ""


def year_until(end: datetime, *, closing_minor: int, seed: int) -> list[Happening]:
    """Return about 400 happenings of the year before `end`, in order, that leave `closing_minor`."""
    start = end - timedelta(days=DAYS)
    happened = sorted(_everything(start, end, random.Random(seed)), key=lambda each: each.moment)  # noqa: S311
    opening = closing_minor - sum(each.minor for each in happened)
    first = Happening(start, opening, "deposit", "", "", OPENING_BALANCE)
    return [first, *happened]


def _everything(start: datetime, end: datetime, chance: random.Random) -> Iterator[Happening]:
    for day in range(1, DAYS):
        moment = start + timedelta(days=day)
        yield from _monthly(moment)
        yield from _purchases(moment, chance)


def _monthly(moment: datetime) -> Iterator[Happening]:
    for name, category, minor, day in MONTHLY:
        if moment.day == day:
            at = moment.replace(hour=6, minute=0, second=0, microsecond=0)
            kind = "deposit" if minor > 0 else "card"
            yield Happening(at, minor, kind, name, category, "Salary" if minor > 0 else "")


def _purchases(moment: datetime, chance: random.Random) -> Iterator[Happening]:
    for name, category, typical, often in MERCHANTS:
        if chance.random() < often / 30.4:
            at = moment.replace(
                hour=chance.randrange(8, 21), minute=chance.randrange(60), second=0, microsecond=0
            )
            yield Happening(at, -round(typical * chance.uniform(0.6, 1.5)), "card", name, category)
