"""What can be wrong with a request before anybody looks at what it says."""

from bank.errors import BankError, Malformed


class InvalidJson(Malformed):
    """The body is not the JSON this bank reads."""


class InvalidRequest(Malformed):
    """The request has wrong or missing parts."""


class InvalidQuery(Malformed):
    """The query string has wrong or unknown parameters."""


class BodyTooLarge(BankError):
    """The body is larger than this bank reads."""


class LengthRequired(BankError):
    """A body must say its length."""


class UnsupportedContent(BankError):
    """Send application/json in UTF-8."""


class NotAcceptable(BankError):
    """None of the accepted media types is served here."""


class MethodNotAllowed(BankError):
    """This method is not served here."""

    def __init__(self, *, allowed: str = "") -> None:
        super().__init__()
        self.headers = {"Allow": allowed} if allowed else {}


class MisdirectedRequest(BankError):
    """This host is not served here."""


class PlainHttpRefused(BankError):
    """The API is served over HTTPS only."""
