"""Fields of forms that take what the API takes."""

import datetime as dt
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from bank.privacy.card_numbers import refuse_card_numbers
from bank.wire.parsers import HOSTILE_TEXT


class FreeTextField(forms.CharField):
    """Text people write: nothing invisible in it, and no card number."""

    def __init__(self, *, max_length: int = 140, **options: Any) -> None:
        validators = [refuse_hostile_text, refuse_card_numbers]
        super().__init__(max_length=max_length, validators=validators, **options)


class DayInput(forms.DateInput):
    """A browser's own calendar; what is no day is shown as it was written, which a calendar cannot."""

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d", attrs={"type": "date"})

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        """Return what the widget's template needs."""
        context = super().get_context(name, value, attrs)
        if not _is_day(context["widget"]["value"]):
            context["widget"]["type"] = "text"
        return context


class DayField(forms.DateField):
    """A day, as a browser's own calendar sends it."""

    def __init__(self, **options: Any) -> None:
        wrong = {"invalid": _("There is no such day. Write it as 2026-11-24.")}
        formats = ["%Y-%m-%d"]
        super().__init__(widget=DayInput(), input_formats=formats, error_messages=wrong, **options)


def _is_day(written: str | None) -> bool:
    """Return whether a calendar can show this: nothing, or a day as ISO 8601 writes it in full."""
    try:
        return not written or dt.date.fromisoformat(written).isoformat() == written
    except ValueError:
        return False


def refuse_hostile_text(value: str) -> None:
    """Validate the text of a form: raises ValidationError for control and invisible characters."""
    if HOSTILE_TEXT.search(value):
        raise ValidationError(_("Control and invisible characters are refused."), code="forbidden_character")
