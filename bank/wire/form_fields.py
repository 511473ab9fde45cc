"""Fields of forms that take what the API takes."""

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


def refuse_hostile_text(value: str) -> None:
    """Validate the text of a form: raises ValidationError for control and invisible characters."""
    if HOSTILE_TEXT.search(value):
        raise ValidationError(_("Control and invisible characters are refused."), code="forbidden_character")
