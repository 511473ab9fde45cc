"""A service of the sandbox, with its API key."""

from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from django.test import Client

from bank.access.permissions import SERVICE_SCOPES
from oauth.operations.api_keys import issue_api_key
from tests.support.customers import BY


def _key() -> str:
    return issue_api_key(service="sandbox-tests", scopes=sorted(SERVICE_SCOPES), by=BY).text


@dataclass
class Service:
    """Whoever tests against the sandbox."""

    key: str = field(default_factory=_key)

    def get(self, path: str, **headers: str) -> Any:
        """GET under /v1/sandbox/."""
        return Client().get(f"/v1/sandbox/{path}", secure=True, headers={"x-api-key": self.key, **headers})

    def post(self, path: str, body: dict[str, Any] | None = None, *, key: str | None = None) -> Any:
        """POST under /v1/sandbox/, with a new idempotency key unless one is given."""
        return Client().post(
            f"/v1/sandbox/{path}",
            body or {},
            content_type="application/json",
            secure=True,
            headers={"x-api-key": self.key, "idempotency-key": key or uuid4().hex},
        )

    def delete(self, path: str) -> Any:
        """DELETE under /v1/sandbox/."""
        return Client().delete(f"/v1/sandbox/{path}", secure=True, headers={"x-api-key": self.key})
