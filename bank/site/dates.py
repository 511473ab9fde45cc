"""Dates in all templates: Django's filter `date`, with what a language asks beyond it (bank/language.py)."""

from datetime import date as day
from typing import Any

from django import template
from django.template import defaultfilters

from bank.language import format_of

register = template.Library()


@register.filter(expects_localtime=True, is_safe=False)
def date(value: Any, written: str | None = None) -> str:
    """Return a date as the reader writes it; other values as Django's filter does."""
    format_ = format_of(value, written or "") if isinstance(value, day) else written
    return str(defaultfilters.date(value, format_))
