"""Whether two names are one person's, by stated rules (confirmation of payee). Pure functions.

Names are compared without case, accents, punctuation, titles and order. A *close match* is one a person may
have meant: initials for given names, middle names more or fewer, words joined or parted, one slip of the pen.
"""

import re
import unicodedata
from enum import StrEnum

TITLES = frozenset({"mr", "mrs", "ms", "miss", "mx", "dr", "prof", "sir", "dame", "lord", "lady", "rev"})
LETTERS = str.maketrans({"ø": "o", "æ": "ae", "œ": "oe", "đ": "d", "ð": "d", "ł": "l", "þ": "th"})
SLIP_FROM_LETTERS = 4  # in a shorter word one letter makes another name: Ann, Ian
_INSIDE_WORDS = re.compile("['\u2019\u02bc`.]")


class NameMatch(StrEnum):
    """What a comparison of names can say."""

    MATCH = "match"
    CLOSE = "close_match"
    NONE = "no_match"


def compare_names(asked: str, held: str) -> NameMatch:
    """Return whether the name somebody wrote is the name a holder has."""
    one, other = words_of(asked), words_of(held)
    if not one or not other:
        return NameMatch.NONE
    if sorted(one) == sorted(other):
        return NameMatch.MATCH
    is_close = "".join(one) == "".join(other) or _are_close(one, other)
    return NameMatch.CLOSE if is_close else NameMatch.NONE


def words_of(name: str) -> list[str]:
    """Return the words of a name in the form they are compared in."""
    folded = unicodedata.normalize("NFKD", name.casefold().translate(LETTERS))
    letters = "".join(letter for letter in folded if not unicodedata.combining(letter))
    parted = re.sub(r"[\W_]+", " ", _INSIDE_WORDS.sub("", letters))
    return [word for word in parted.split() if word not in TITLES]


def _are_close(one: list[str], other: list[str]) -> bool:
    """Return whether given and family name agree, but for initials and one slip; middle names are free."""
    if len(one) < 2 or len(other) < 2:
        return False
    pairs = ((one[0], other[0]), (one[-1], other[-1]))
    slips = [pair for pair in pairs if pair[0] != pair[1] and not (pair is pairs[0] and _is_initial(*pair))]
    return not slips or (len(slips) == 1 and is_slip(*slips[0]))


def _is_initial(one: str, other: str) -> bool:
    return min(len(one), len(other)) == 1 and one[0] == other[0]


def is_slip(one: str, other: str) -> bool:
    """Return whether one letter was added, left out, exchanged or swapped with its neighbour."""
    short, long = sorted((one, other), key=len)
    if len(short) < SLIP_FROM_LETTERS or len(long) - len(short) > 1:
        return False
    start = next((n for n, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short))
    if len(short) < len(long):
        return short[start:] == long[start + 1 :]
    swapped = long[start + 1 : start + 2] + long[start : start + 1]
    return short[start + 1 :] == long[start + 1 :] or short[start:] == swapped + long[start + 2 :]
