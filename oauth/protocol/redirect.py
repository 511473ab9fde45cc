"""The way back to the app: its redirect URI with the answer (RFC 6749, 4.1.2; RFC 9207)."""

from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit


def answer_uri(redirect_uri: str, issuer: str, parameters: dict[str, str], state: str | None = None) -> str:
    """Return the redirect URI with these parameters, the client's state, and always `iss`."""
    return _with(redirect_uri, {**parameters, **({"state": state} if state else {}), "iss": issuer})


def with_issuer(location: str, issuer: str) -> str:
    """Return an answer that has its code and state already, with `iss`."""
    return _with(location, {"iss": issuer})


def with_parameters(redirect_uri: str, parameters: dict[str, str]) -> str:
    """Return the redirect URI with these parameters and no others of the answer."""
    return _with(redirect_uri, parameters)


def origin(uri: str) -> str:
    """Return the origin of a URI, as a source of a content security policy."""
    parts = urlsplit(uri)
    return f"{parts.scheme}://{parts.netloc}"


def _with(uri: str, parameters: dict[str, str]) -> str:
    parts = urlsplit(uri)
    kept = [
        (name, value)
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
        if name not in parameters
    ]
    return urlunsplit(parts._replace(query=urlencode([*kept, *parameters.items()])))
