"""The bank's own words for people. Errors, scopes and reasons are declared in English, as programs get them.

Pages say them in the language of whoever reads: the catalogue has them (deploy/local/catalogue_words.py).
"""

import re
from collections.abc import Callable
from datetime import date

from django.conf import settings
from django.utils import translation
from django.utils.formats import date_format, get_format
from django.utils.html import format_html
from django.utils.translation import gettext

from bank.errors import BankError

_DAY = re.compile(r"(?<!\\)j")


def in_words(error: BankError | type[BankError]) -> str:
    """Return what went wrong, for the page being made."""
    return gettext(error.title())


def in_english(words: str) -> str:
    """Return words there are in English only, such as a library's, marked as such (WCAG 2.2, 3.1.2)."""
    return format_html('<span lang="en">{}</span>', words)


def detail_of(error: BankError) -> str:
    """Return what exactly went wrong, as programs are told, or what is called where nothing more is known."""
    return in_english(error.detail) if error.detail else in_words(error)


def in_each(say: Callable[[], str], *, between: str) -> str:
    """Return what a letter says in each language of the bank: we do not know which its reader speaks."""
    said = []
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            said.append(say())
    return between.join(said)


def format_of(day: date, written: str = "") -> str:
    """Return the format a date is written in; French has *1er* for the first of a month, Django has not."""
    as_reader = str(get_format(written or "DATE_FORMAT"))
    is_french = (translation.get_language() or "").startswith("fr")
    return _DAY.sub(r"j\\e\\r", as_reader) if is_french and day.day == 1 else as_reader


def say_date(day: date, written: str = "") -> str:
    """Return a date as the reader of the page writes it; templates have the filter `date` for it."""
    return date_format(day, format_of(day, written))
