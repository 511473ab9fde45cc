"""Paths nobody would type, at the whole bank: refused like any unknown thing, never a 500."""

import pytest
from django.test import Client

from tests.bank.test_problems import problem

PATHS = [
    "/v1/accounts/a%3Fb%3D%01%C2%AC/transactions/%F0%A2%BD%B2%25",
    "/v1/accounts/%00",
    "/v1/accounts/%FF%FE",
    "/v1/accounts/..%2F..%2Fadmin",
    "/v1/accounts/%2e%2e/%2e%2e",
    "/v1/accounts/acc_" + "0" * 4000,
    "/v1/accounts/acc_zzzzzzzzzzzzzzzzzzzzzzzzzz",
    "/v1/accounts/' OR 1=1 --",
    "/v1/accounts/%0d%0aSet-Cookie:%20a=b",
    "/v1/accounts/%F0%9F%8F%A6",
    "/v1/accounts/%ED%A0%80",
    "/v1//accounts",
    "/v1/accounts/",
    "/v1/accounts;x=1",
    "/v1/accounts/#",
    "/v1/payments/acc_01jz3k00000000000000000000",
]


class TestPath:
    @pytest.mark.parametrize("path", PATHS)
    @pytest.mark.parametrize("token", ["DPoP abc", "Bearer abc", "DPoP", "Basic YTpi", "DPoP \u00e9", ""])
    def test_is_refused(self, db: None, path: str, token: str) -> None:
        headers = {"Authorization": token, "DPoP": "a.b.c"} if token else {}
        client = Client(raise_request_exception=False)
        response = client.get(path, secure=True, headers=headers)
        assert response.status_code in {401, 404}, response.content
        assert "Set-Cookie" not in response.headers
        problem(response, response.status_code)

    @pytest.mark.parametrize(
        "path", ["/v1/holds/%00/capture", "/developers/apps/a%00b/", "/oauth/grants/%00", "/%00"]
    )
    def test_with_a_nul_leads_nowhere_before_anybody_looks(self, path: str) -> None:
        assert Client().post(path, secure=True).status_code == 404
