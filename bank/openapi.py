"""The OpenAPI document, made true: rights, limits, keys and failures the door adds to every operation."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from drf_spectacular.openapi import AutoSchema

from bank.access import permissions
from bank.access.gate import PUBLIC, SIGNED_IN, permission_of
from bank.problems import CONTENT_TYPE
from bank.wire.errors import MethodNotAllowed
from bank.wire.query import query_class_of

PROBLEM = {"$ref": "#/components/schemas/Problem"}
WRITES = frozenset({"post", "put", "patch", "delete"})
MEANINGS = {
    "400": "The request cannot be understood: malformed, unknown field or parameter, or a missing key.",
    "401": "A valid access token with its proof of possession is needed.",
    "403": "The token does not allow this, or this address or these rights do not.",
    "404": "There is no such thing, or it is not yours: the same answer for both.",
    "406": "None of the accepted media types is served here.",
    "409": "The present state does not allow this, or the same key is still being answered.",
    "413": "The body is larger than 64 KiB.",
    "415": "Send application/json in UTF-8.",
    "422": "A rule of the bank refuses this; see code and reason_code.",
    "429": "Too many requests; come back after Retry-After seconds.",
    "500": "The bank made a mistake; nothing was changed.",
    "503": "A part of the bank is not available; nothing was done.",
}


class BankSchema(AutoSchema):
    """Reads what a view says of itself: `permission`, `query_class`, `may_be_absent`, `@idempotent`."""

    def get_override_parameters(self) -> list[Any]:
        """Add the declared query and the idempotency key."""
        found = list(super().get_override_parameters())
        query = query_class_of(self.view, self.method.upper())
        return [*found, query] if query else found

    def get_auth(self) -> list[dict[str, list[str]]]:
        """Say which scope the operation needs: none when it is public, any token when it asks for no more."""
        needed = permission_of(self.view, self.method.upper())
        scopes = [] if needed == SIGNED_IN else [needed]
        by_key: list[dict[str, list[str]]] = [{"apiKey": []}] if needed in permissions.SERVICE_SCOPES else []
        return [] if needed == PUBLIC else [{"oauth2": scopes}, *by_key]

    def get_operation(self, *args: Any, **kwargs: Any) -> Any:
        """Note on the operation what the post-processing needs."""
        operation = super().get_operation(*args, **kwargs)
        if operation is not None:
            operation["x-may-be-absent"] = bool(getattr(self.view, "may_be_absent", False))
            handler = getattr(self.view, self.method.lower(), None)
            operation["x-idempotent"] = bool(getattr(handler, "needs_idempotency_key", False))
        return operation


def only_the_api(endpoints: list[Any]) -> list[Any]:
    """Describe what stands under /v1, and of each view only the methods its permission names."""
    return [endpoint for endpoint in endpoints if endpoint[0].startswith("/v1/") and _is_served(endpoint)]


def _is_served(endpoint: Any) -> bool:
    _, _, method, callback = endpoint
    try:
        return bool(permission_of(callback.cls, method))
    except MethodNotAllowed:
        return False


def describe_the_wire(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Add the security scheme, the common headers, and every failure each operation can answer with."""
    components = result.setdefault("components", {})
    components.setdefault("schemas", {})["Problem"] = problem_schema()
    components["securitySchemes"] = {"oauth2": security_scheme(), "apiKey": API_KEY}
    components["headers"] = HEADERS
    for path, method, operation in operations(result):
        _add_failures(path, method, operation)
        _add_headers(operation)
        operation.pop("x-may-be-absent", None)
        if operation.pop("x-idempotent", False):
            operation.setdefault("parameters", []).append(IDEMPOTENCY_KEY)
    return result


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield every operation with its path and method."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if isinstance(operation, dict) and "responses" in operation:
                yield path, method, operation


def failures_of(path: str, method: str, operation: dict[str, Any]) -> Iterator[str]:
    """Yield the statuses the door, the wire and the rules can answer an operation with."""
    yield from ("400", "403", "406", "429", "500", "503")
    if operation.get("security"):
        yield "401"
    if "{" in path or operation.get("x-may-be-absent"):
        yield "404"
    if method in WRITES:
        yield from ("404", "409", "413", "415", "422")


def _add_failures(path: str, method: str, operation: dict[str, Any]) -> None:
    responses = operation["responses"]
    for status in sorted(failures_of(path, method, operation)):
        responses.setdefault(
            status, {"description": MEANINGS[status], "content": {CONTENT_TYPE: {"schema": PROBLEM}}}
        )


def _add_headers(operation: dict[str, Any]) -> None:
    for status, response in operation["responses"].items():
        names = ["X-Request-ID", "RateLimit", "RateLimit-Policy"]
        names += {"401": ["WWW-Authenticate"], "403": ["WWW-Authenticate"]}.get(status, [])
        names += ["Retry-After"] if status in {"429", "503"} else []
        names += ["Audit-Event-Id", "Idempotency-Replayed"] if operation.get("x-idempotent") else []
        headers = response.setdefault("headers", {})
        for name in names:
            headers.setdefault(name, {"$ref": f"#/components/headers/{name}"})


def _text(description: str, **schema: Any) -> dict[str, Any]:
    return {"description": description, "schema": {"type": "string", **schema}}


HEADERS = {
    "X-Request-ID": _text("The request's id: yours, if you sent one of 8 to 64 letters, digits, - and _."),
    "RateLimit": _text("What is left of each limit and for how many seconds (IETF draft 10)."),
    "RateLimit-Policy": _text("Each limit and its window in seconds (IETF draft 10)."),
    "Retry-After": _text("Seconds to wait before another try."),
    "WWW-Authenticate": _text("The challenge: what token or scope is missing."),
    "Audit-Event-Id": _text(
        "The audit event that records this change; ask /v1/audit for its proof.", format="uuid"
    ),
    "Idempotency-Replayed": _text("true when this answer was given before, for the same Idempotency-Key."),
}
IDEMPOTENCY_KEY = {
    "in": "header",
    "name": "Idempotency-Key",
    "required": True,
    "description": "1 to 64 visible ASCII characters without a comma, new for every intended effect.",
    "schema": {"type": "string", "pattern": "^[\\x21-\\x2b\\x2d-\\x7e]{1,64}$"},
    "example": "5f0c7ee2-rent-november",
}


API_KEY = {
    "type": "apiKey",
    "in": "header",
    "name": "X-API-Key",
    "description": "The key of a service client, `hb_live_…` or `hb_test_…`. It acts for no person.",
}


def security_scheme() -> dict[str, Any]:
    """Return how one gets a token, bound to a key (RFC 9449): a person's by code, an app's own at once."""
    origin = settings.PUBLIC_ORIGIN
    every = {name: permission.meaning for name, permission in permissions.all_permissions().items()}
    own = {name: meaning for name, meaning in every.items() if name in permissions.OWN_SCOPES}
    return {
        "type": "oauth2",
        "description": "FAPI 2.0: PAR, PKCE S256, private_key_jwt; access tokens are bound to a key and sent "
        "as `Authorization: DPoP …` with a `DPoP` proof header.",
        "flows": {
            "authorizationCode": {
                "authorizationUrl": f"{origin}/oauth/authorize",
                "tokenUrl": f"{origin}/oauth/token",
                "scopes": {name: meaning for name, meaning in every.items() if name not in own},
            },
            "clientCredentials": {"tokenUrl": f"{origin}/oauth/token", "scopes": own},
        },
    }


def problem_example() -> dict[str, Any]:
    """Return one failure as an example."""
    return {
        "type": f"{settings.PUBLIC_ORIGIN}/docs/errors/invalid_request/",
        "title": "The request has wrong or missing parts.",
        "status": 400,
        "detail": "The request has wrong or missing parts.",
        "instance": "/v1/payments",
        "code": "invalid_request",
        "request_id": "01935c7e-0000-7000-8000-000000000000",
        "errors": [
            {"pointer": "/amount/amount", "code": "pattern", "detail": "Write digits, such as 10.00."}
        ],
    }


def problem_schema() -> dict[str, Any]:
    """Return the schema of every failure (RFC 9457)."""
    text = {"type": "string"}
    return {
        "type": "object",
        "description": "A failure, as RFC 9457 writes it. `type` is the address of a page that explains it.",
        "required": ["type", "title", "status", "detail", "instance", "code", "request_id"],
        "properties": {
            "type": {"type": "string", "format": "uri"},
            "title": text,
            "status": {"type": "integer"},
            "detail": text,
            "instance": text,
            "code": {"type": "string", "description": "A stable word for programs."},
            "reason_code": {"type": "string", "description": "The ISO 20022 reason of a refused payment."},
            "request_id": text,
            "errors": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["pointer", "code", "detail"],
                    "properties": {
                        "pointer": {
                            "type": "string",
                            "description": "RFC 6901 pointer into the body, or ?name for a query parameter.",
                        },
                        "code": text,
                        "detail": text,
                    },
                },
            },
        },
        "example": problem_example(),
    }
