"""Reads the form a client posts, and refuses what two readers could read differently (RFC 6749, 3.2)."""

from collections import Counter
from urllib.parse import parse_qsl

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest

from oauth.protocol.failures import InvalidRequest, RequestTooLarge, as_sent

FORM = "application/x-www-form-urlencoded"
LARGEST_BODY = 32 * 1024
MOST_PARAMETERS = 60


def read_form(request: HttpRequest) -> dict[str, str]:
    """Return the parameters of a posted form; empty ones count as left out. Raises InvalidRequest."""
    if request.content_type != FORM:
        raise InvalidRequest(f"The request must be of the type {FORM}.")
    if request.META.get("QUERY_STRING"):
        raise InvalidRequest("Parameters belong into the body, not into the URL.")
    return read_parameters(_body(request))


def read_parameters(text: str) -> dict[str, str]:
    """Return the parameters of a urlencoded text, each at most once. Raises InvalidRequest."""
    try:
        pairs = parse_qsl(
            text,
            keep_blank_values=True,
            strict_parsing=bool(text),
            errors="strict",
            max_num_fields=MOST_PARAMETERS,
        )
    except ValueError as error:
        raise InvalidRequest("The parameters cannot be read.") from error
    names = Counter(name for name, _ in pairs)
    if len(names) != len(pairs):
        twice = (name for name, times in names.items() if times > 1)
        raise InvalidRequest(f"A parameter is there more than once: {as_sent(twice)}.")
    if any("\x00" in name or "\x00" in value for name, value in pairs):
        raise InvalidRequest("A parameter holds a NUL character.")
    return {name: value for name, value in pairs if value}


def _body(request: HttpRequest) -> str:
    try:
        body = request.body if int(request.META.get("CONTENT_LENGTH") or 0) <= LARGEST_BODY else None
        if body is not None and len(body) <= LARGEST_BODY:
            return body.decode("ascii")
    except RequestDataTooBig:
        pass
    except ValueError as error:
        raise InvalidRequest("The body cannot be read.") from error
    raise RequestTooLarge(f"The body may have {LARGEST_BODY} bytes.")
