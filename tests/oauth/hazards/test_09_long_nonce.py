"""Hazard 9: a nonce of more than 255 characters is a 500 on PostgreSQL with stock DOT."""

import base64
import json

from tests.oauth.conftest import World


class TestNonce:
    def test_of_three_hundred_characters_arrives_intact(self, world: World) -> None:
        nonce = "n" * 300
        token = world.tokens(nonce=nonce)["id_token"]
        claims = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
        assert claims["nonce"] == nonce

    def test_of_a_thousand_characters_is_refused_in_words(self, world: World) -> None:
        refused = world.client.push(nonce="n" * 1000)
        assert (refused.status, refused.json["error"]) == (400, "invalid_request")
