"""The whole way, once, as an app and a person go it."""

from joserfc import jwk, jwt

from tests.oauth.conftest import World


class TestJourney:
    def test_leads_from_a_pushed_request_to_the_api_and_ends_with_the_consent(self, world: World) -> None:
        tokens = world.tokens()
        assert tokens["token_type"] == "DPoP"
        assert tokens["expires_in"] == 300
        assert world.boxes.granted == [(world.consent.id, ["box-1"])]

        said = world.client.call("GET", "/oauth/userinfo", tokens["access_token"])
        assert said.json == {"sub": world.user.id}

        keys = jwk.KeySet.import_key_set(
            world.client.transport.send("GET", world.client.url("/.well-known/jwks.json"), {}).json
        )
        claims = jwt.decode(tokens["id_token"], keys, algorithms=["PS256", "ES256"]).claims
        assert claims["sub"] == world.user.id
        assert claims["nonce"] == "nonce-1"

        more = world.client.refresh(tokens["refresh_token"]).json
        assert more["refresh_token"] == tokens["refresh_token"]
        for token in (tokens["access_token"], more["access_token"]):
            assert world.client.call("GET", "/v1/me/consents", token).status == 403
