"""Where the money went: transactions added up by the kind of shop (ISO 18245 merchant category codes)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from operator import itemgetter
from typing import Any

# Ranges of merchant category codes, first match counts.
CATEGORIES = (
    (range(5411, 5500), "Groceries"),
    (range(5811, 5815), "Eating out"),
    (range(4000, 4800), "Transport and travel"),
    (range(5541, 5543), "Transport and travel"),
    (range(3000, 4000), "Transport and travel"),
    (range(7011, 7034), "Transport and travel"),
    (range(4812, 4901), "Phone and utilities"),
    (range(4901, 5000), "Phone and utilities"),
    (range(5611, 5700), "Clothes"),
    (range(5712, 5735), "Home"),
    (range(5200, 5300), "Home"),
    (range(5735, 5736), "Fun"),
    (range(5815, 5819), "Fun"),
    (range(7800, 8000), "Fun"),
    (range(8000, 8100), "Health"),
    (range(5912, 5913), "Health"),
    (range(6300, 6400), "Insurance"),
    (range(6513, 6514), "Rent"),
    (range(5000, 6000), "Shopping"),
)
OTHER = "Everything else"


@dataclass(frozen=True)
class Slice:
    """What went to one category: the sum, and its width in the chart (per cent of the widest bar)."""

    category: str
    total: dict[str, str]
    count: int
    width: int


def category_of(code: str | None) -> str:
    """Return the category of a merchant category code; payments to people have none."""
    number = int(code) if code and code.isascii() and code.isdigit() else -1
    return next((name for codes, name in CATEGORIES if number in codes), OTHER)


def spending_by_category(transactions: Iterable[Mapping[str, Any]]) -> list[Slice]:
    """Add up what left one account, by category, the most expensive first."""
    parts: dict[str, list[Mapping[str, str]]] = defaultdict(list)
    for each in transactions:
        if each["direction"] == "DBIT":
            parts[category_of(each.get("merchant_category_code"))].append(each["amount"])
    sums = {category: sum(Decimal(each["amount"]) for each in amounts) for category, amounts in parts.items()}
    widest = max(sums.values(), default=Decimal(1))
    return [
        Slice(
            category,
            {"amount": str(total), "currency": parts[category][0]["currency"]},
            len(parts[category]),
            max(1, round(total / widest * 100)),
        )
        for category, total in sorted(sums.items(), key=itemgetter(1), reverse=True)
    ]
