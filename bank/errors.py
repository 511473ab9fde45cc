"""The kinds of failure. What each kind is over HTTP is known to bank/problems.py alone.

BankError
├── Malformed     the request cannot be understood
├── Unauthorized  nobody, or nobody we believe, is asking
├── Forbidden     we know who asks, and they may not
├── NotFound      there is no such thing, or not for you
├── Conflict      the thing is in another state, or busy
├── Refused       a rule of the bank says no
├── TooMany       slower, please
└── Unavailable   a part we need is down; nothing was done

A concrete error is a kind plus a docstring, and the docstring is its public title:

    class InsufficientFunds(Refused):
        '''The account does not hold enough money.'''

        reason_code = "AM04"
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FieldError:
    """One thing wrong in one place: a JSON pointer (RFC 6901) into the body, and a code."""

    pointer: str
    code: str
    detail: str = ""


class BankError(Exception):
    """Something went wrong."""

    code: str = "error"
    reason_code: str = ""
    headers: dict[str, str] = {}

    def __init_subclass__(cls) -> None:
        cls.code = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", cls.__name__).lower()

    def __init__(
        self,
        detail: str = "",
        *,
        errors: Iterable[FieldError] = (),
        retry_after_seconds: int | None = None,
    ) -> None:
        super().__init__(detail or self.title())
        self.detail = detail
        self.errors = tuple(errors)
        self.retry_after_seconds = retry_after_seconds

    @classmethod
    def title(cls) -> str:
        """Return the error's public title: the first line of its docstring."""
        return (cls.__doc__ or cls.code).strip().splitlines()[0]


class Malformed(BankError):
    """The request cannot be understood."""


class Unauthorized(BankError):
    """A valid access token is needed."""


class Forbidden(BankError):
    """You may not do this."""


class NotFound(BankError):
    """There is nothing here for you."""


class Conflict(BankError):
    """This cannot be done in the present state."""


class Refused(BankError):
    """A rule of the bank refuses this."""


class TooMany(BankError):
    """Too many requests."""


class Unavailable(BankError):
    """A part of the bank is not available; nothing was done."""
