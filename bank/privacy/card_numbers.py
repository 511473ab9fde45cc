"""Card numbers stay out: refused where people write them, masked where the bank writes what others said.

A card number (PAN, ISO/IEC 7812-1) is 13 to 19 digits with a right check digit (Luhn), written together or in
groups. Digits of an IBAN whose own check digits are right are none, nor those of an id, a digest or a moment.
"""

import re
import unicodedata
from collections.abc import Iterator

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

WORDS = _("Leave card numbers out: the bank does not keep them.")
SHORTEST, LONGEST = 13, 19
_GROUP = re.compile(r"\d+")
_BETWEEN = re.compile(r"[\s.,:;_/|*+'\u2010-\u2015\u2212\u00b7-]{1,3}")
_IBAN = re.compile(r"(?<![^\W_])[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]){11,30}", re.ASCII | re.IGNORECASE)
_NO_NUMBERS = (
    re.compile(r"\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b", re.ASCII | re.IGNORECASE),  # a UUID
    re.compile(r"\b(?=[0-9]*[a-f])[0-9a-f]{32,}\b", re.ASCII),  # a digest or the id of a trace
    re.compile(r"\b[a-z]{2,4}_[0-9a-z]{26}\b", re.ASCII),  # an id of ours
    re.compile(r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?\b", re.ASCII),
)
_Span = tuple[int, int]


def holds_card_number(text: str) -> bool:
    """Return whether a text holds what may be the number of a payment card."""
    return bool(_found(text))


def without_card_numbers(text: str) -> str:
    """Return the text with each card number masked but for its last four digits: `•••• 4242`."""
    for start, end in reversed(_found(text)):
        text = f"{text[:start]}•••• {_digits(text[start:end])[-4:]}{text[end:]}"
    return text


def refuse_card_numbers(value: object) -> None:
    """Validate the text of a form: raises ValidationError when it holds a card number."""
    if isinstance(value, str) and holds_card_number(value):
        raise ValidationError(WORDS, code="card_number")


def _found(text: str) -> list[_Span]:
    """Return where card numbers stand, the longest of those that overlap, from left to right."""
    if len(text) < SHORTEST or sum(map(str.isdecimal, text)) < SHORTEST:
        return []  # nearly every text ends here
    candidates = sorted(_candidates(text), key=lambda span: (span[0], -span[1]))
    if not candidates:
        return []
    others = [match.span() for pattern in _NO_NUMBERS for match in pattern.finditer(text)]
    others += list(_ibans(text))
    found: list[_Span] = []
    for span in candidates:
        is_new = not found or span[0] >= found[-1][1]
        if is_new and not any(_lies_in(span, other) for other in others) and _passes_luhn(text[slice(*span)]):
            found.append(span)
    return found


def _candidates(text: str) -> Iterator[_Span]:
    """Yield each run of whole groups of digits that together are as long as a card number."""
    groups = [match.span() for match in _GROUP.finditer(text)]
    for first, (start, _end) in enumerate(groups):
        count, before = 0, start
        for begin, end in groups[first:]:
            count += end - begin
            if count > LONGEST or (begin > start and not _BETWEEN.fullmatch(text, before, begin)):
                break
            if count >= SHORTEST:
                yield start, end
            before = end


def _passes_luhn(text: str) -> bool:
    doubled = (int(d) * (2 if place % 2 else 1) for place, d in enumerate(reversed(_digits(text))))
    return sum(sum(divmod(number, 10)) for number in doubled) % 10 == 0


def _ibans(text: str) -> Iterator[_Span]:
    """Yield where IBANs with right check digits stand (ISO 13616: modulo 97)."""
    for match in _IBAN.finditer(text):
        for end in range(match.start() + 15, match.end() + 1):
            if not text[end : end + 1].isalnum() and _is_iban(text[match.start() : end]):
                yield match.start(), end


def _is_iban(text: str) -> bool:
    compact = re.sub("[ -]", "", text)
    return int("".join(str(int(c, 36)) for c in compact[4:] + compact[:4])) % 97 == 1


def _digits(text: str) -> str:
    return "".join(str(unicodedata.decimal(character)) for character in text if character.isdecimal())


def _lies_in(one: _Span, other: _Span) -> bool:
    return other[0] <= one[0] and one[1] <= other[1]
