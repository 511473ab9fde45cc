"""An IBAN in a request."""

from typing import Any

from accounts.account_numbers import read_iban
from bank.wire.serializers import StrictCharField


class IbanField(StrictCharField):
    """An IBAN whose check digits fit, with or without its spaces."""

    is_free = False
    default_error_messages = {"not_an_iban": "This is no account number."}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_length": 42, **kwargs})

    def to_internal_value(self, data: Any) -> str:
        """Return the IBAN without spaces, in capitals; raises ValidationError."""
        try:
            return read_iban(super().to_internal_value(data))
        except ValueError:
            self.fail("not_an_iban")
