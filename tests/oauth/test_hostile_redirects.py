"""Redirect URIs that look like a registered one and are another (RFC 9700, 2.1 and 4.1)."""

from urllib.parse import urlencode

import pytest

from oauth import rules
from oauth.errors import ClientMetadataRefused
from oauth.models import PushedAuthorizationRequest
from tests.oauth.conftest import World, new_client
from tests.support.fapi_client import DjangoTransport

REGISTERED = "https://apple.example/callback"
LOOKALIKES = [
    "https://\u0430pple.example/callback",  # Cyrillic a
    "https://xn--pple-43d.example/callback",  # the same, as the network says it
    "https://\uff41pple.example/callback",  # full-width a
    "https://apple\u3002example/callback",  # ideographic full stop
    "https://apple.example\u200b/callback",  # zero-width space
    "https://apple\u00ad.example/callback",  # soft hyphen
    "https://app\u2113e.example/callback",  # script l
    "https://APPLE.example/callback",
    "https://apple.example./callback",
    "https://apple.example:443/callback",
    "https://apple.example:/callback",
    "https://apple.example/%63allback",
    "https://apple.example/callback%2f",
    "https://apple.example/callback%00",
    "https://apple.example/./callback",
    "https://apple.example/x/../callback",
    "https://apple.example/x/%2e%2e/callback",
    "https://apple.example//callback",
    "https://apple.example/callback/",
    "https://apple.example/callback?",
    "https://apple.example/callback?next=https://evil.example",
    "https://apple.example/callback#",
    "https://apple.example/callback ",
    " https://apple.example/callback",
    "https://apple.example/callback\r\nLocation: https://evil.example",
    "https://apple.example\t/callback",
    "https://apple.example@evil.example/callback",
    "https://apple.example%40evil.example/callback",
    "https://evil.example\\@apple.example/callback",
    "https://apple.example.evil.example/callback",
    "https://evilapple.example/callback",
    "https:\\\\apple.example\\callback",
    "https:apple.example/callback",
    "//apple.example/callback",
    "http://apple.example/callback",
    "HTTPS://apple.example/callback",
    "https://[::1]/callback",
    "https://[::ffff:127.0.0.1]/callback",
    "https://[fe80::1%25eth0]/callback",
    "https://[::1",
    "https://127.0.0.1/callback",
    "https://2130706433/callback",
    "https://localhost/callback",
    "https://%61pple.example/callback",
    "javascript:alert(1)//apple.example/callback",
    "data:text/html,https://apple.example/callback",
    "com.apple.example:/callback",
    "https://apple.example/callback,https://evil.example",
    "https://*.example/callback",
]
NEVER_REGISTERED = [
    uri
    for uri in LOOKALIKES
    if any(
        mark in uri for mark in ("[", "\\", "@", "%40", "..", "%2e", "/./", "#", " ", "\r", "\t", "*", "\x00")
    )
    or not uri.isascii()
    or not uri.lower().startswith("https://")
]


@pytest.fixture
def apple(world: World) -> World:
    world.client = new_client(redirect_uri=REGISTERED)
    return world


class TestLookalikes:
    @pytest.mark.parametrize("uri", LOOKALIKES, ids=ascii)
    def test_cannot_be_pushed(self, apple: World, uri: str) -> None:
        answered = apple.client.push(redirect_uri=uri)
        assert (answered.status, answered.json["error"]) == (400, "invalid_request")
        assert not PushedAuthorizationRequest.objects.filter(
            client__client_id=apple.client.client_id
        ).exists()

    def test_redeem_no_code_of_the_real_one(self, apple: World) -> None:
        code = apple.code()
        for uri in LOOKALIKES:
            answered = apple.client.redeem(code, redirect_uri=uri)
            assert (answered.status, answered.json["error"]) == (400, "invalid_grant"), uri
        assert apple.client.redeem(code).status == 200  # it was good for the real one all the while

    @pytest.mark.parametrize("uri", NEVER_REGISTERED, ids=ascii)
    def test_cannot_be_registered(self, uri: str) -> None:
        with pytest.raises(ClientMetadataRefused):
            rules.check_redirect_uri(uri)

    def test_in_the_url_send_nobody_anywhere(self, apple: World) -> None:
        browser = DjangoTransport(apple.client.issuer)
        for uri in LOOKALIKES:
            query = urlencode(
                {"client_id": apple.client.client_id, "redirect_uri": uri, "response_type": "code"}
            )
            page = browser.send("GET", f"/oauth/authorize?{query}", {})
            assert (page.status, "Location" in page.headers) == (400, False), uri
