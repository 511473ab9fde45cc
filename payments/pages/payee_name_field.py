"""The name of a payee on a form."""

from typing import Any

from django.forms import ValidationError
from django.utils.translation import gettext as _

from bank.wire.form_fields import FreeTextField
from payments.rules.names import is_a_name


class PayeeNameField(FreeTextField):
    """A name with a letter in it."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=70, **options)

    def clean(self, value: Any) -> str:
        """Return the name; raises ValidationError."""
        name = str(super().clean(value))
        if name and not is_a_name(name):
            raise ValidationError(_("A name has a letter in it."), code="not_a_name")
        return name
