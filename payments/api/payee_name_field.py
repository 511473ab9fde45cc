"""The name of a payee in a request."""

from typing import Any

from bank.wire.serializers import StrictCharField
from payments.rules.names import is_a_name


class PayeeNameField(StrictCharField):
    """A name with a letter in it."""

    default_error_messages = {"not_a_name": "A name has a letter in it."}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_length": 70, **kwargs})

    def to_internal_value(self, data: Any) -> str:
        """Return the name; raises ValidationError."""
        name = super().to_internal_value(data)
        if not is_a_name(name):
            self.fail("not_a_name")
        return name
