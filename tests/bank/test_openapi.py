"""The description says of each operation what the door does with it."""

import json
from typing import Any

import pytest
from drf_spectacular.drainage import GENERATOR_STATS, reset_generator_stats

from bank.description import document
from bank.openapi import operations
from tests.bank.conftest import Caller


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(document())
    return found


class TestDocument:
    def test_is_openapi_3_1(self, described: dict[str, Any]) -> None:
        assert described["openapi"] == "3.1.0"

    def test_describes_the_api_and_nothing_else(self, described: dict[str, Any]) -> None:
        assert all(path.startswith("/v1/") for path in described["paths"])
        assert "/v1/payments" in described["paths"]

    def test_names_a_known_scope_for_whatever_is_not_public(self, described: dict[str, Any]) -> None:
        flows = described["components"]["securitySchemes"]["oauth2"]["flows"]
        known = {**flows["authorizationCode"]["scopes"], **flows["clientCredentials"]["scopes"]}
        for path, method, operation in operations(described):
            for way in operation.get("security", []):
                assert set(way.get("oauth2", [])) <= set(known), (method, path)
        assert described["paths"]["/v1/accounts"]["get"]["security"] == [{"oauth2": ["accounts:read"]}]

    def test_says_how_each_operation_can_fail(self, described: dict[str, Any]) -> None:
        for path, method, operation in operations(described):
            answers = operation["responses"]
            assert {"400", "403", "429", "500", "503"} <= answers.keys(), (method, path)
            assert ("401" in answers) is bool(operation.get("security")), (method, path)
            for status in (each for each in answers if each >= "300"):
                assert "application/problem+json" in answers[status]["content"], (method, path, status)

    def test_says_when_to_come_back(self, described: dict[str, Any]) -> None:
        for _, _, operation in operations(described):
            assert "Retry-After" in operation["responses"]["429"]["headers"]
            assert "RateLimit" in operation["responses"]["429"]["headers"]

    def test_asks_for_a_key_where_money_moves(self, described: dict[str, Any]) -> None:
        asked = [
            path
            for path, _, operation in operations(described)
            if any(p["name"] == "Idempotency-Key" and p["required"] for p in operation.get("parameters", []))
        ]
        assert "/v1/payments" in asked
        payment = described["paths"]["/v1/payments"]["post"]
        assert "Audit-Event-Id" in payment["responses"]["201"]["headers"]

    def test_says_nothing_of_its_own_making(self, described: dict[str, Any]) -> None:
        keys = {key for _, _, operation in operations(described) for key in operation}
        assert not {key for key in keys if key.startswith("x-")}

    def test_is_served_to_anybody(self, db: None) -> None:
        response = Caller().get("/v1/openapi.json")
        assert (response.status_code, response["Content-Type"]) == (200, "application/json")
        assert response.json()["info"]["title"] == "Harbour Bank API"

    def test_says_what_the_sandbox_takes_and_warns_of_nothing(self, db: None) -> None:
        document.cache_clear()
        reset_generator_stats()
        paths = Caller().get("/v1/openapi.json").json()["paths"]
        assert not GENERATOR_STATS, "drf-spectacular complains on stderr"
        for decision in ("reject", "return"):
            assert "requestBody" in paths[f"/v1/sandbox/payments/{{payment_id}}/{decision}"]["post"]
