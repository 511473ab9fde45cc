"""GET /v1/me/consents and POST /v1/me/consents/{id}/revoke."""

from typing import Any

from tests.oauth.conftest import Boxes, World, new_client, new_world

PATH = "/v1/me/consents"
SCOPE = "consents:read accounts:read"


def listed(world: World, token: str) -> list[dict[str, Any]]:
    reply = world.client.call("GET", PATH, token)
    assert reply.status == 200, reply.text
    return list(reply.json["data"])


class TestListConsents:
    def test_tells_what_is_shared_until_when_and_what_it_includes(self, world: World) -> None:
        token = world.tokens(scope=SCOPE)["access_token"]
        (consent,) = listed(world, token)
        assert consent["id"] == world.consent.id
        assert consent["status"] == "AUTH"
        assert consent["client_name"] == "Piggy"
        assert consent["permissions"] == ["accounts:read", "consents:read"]
        assert consent["includes"] == ["box-1"]

    def test_shows_an_app_nothing_of_another_app(self, world: World) -> None:
        first = world.tokens(scope=SCOPE)["access_token"]
        other = World(world.user, new_client(), world.person, world.boxes)
        other.tokens(scope=SCOPE)
        assert len(listed(world, first)) == 1

    def test_shows_the_banks_own_app_all_of_its_customers(self, world: World, boxes: Boxes) -> None:
        world.tokens(scope=SCOPE)
        own = new_world(boxes, first_party=True)
        own.user = world.user
        answered = own.sign_in().person.open(own.push(scope=SCOPE))
        token = own.client.redeem(answered.answer["code"]).json["access_token"]
        assert [consent["client_name"] for consent in listed(own, token)] == ["Piggy"]

    def test_goes_page_by_page(self, world: World) -> None:
        for _ in range(3):
            token = world.tokens(scope=SCOPE)["access_token"]
        first = world.client.call("GET", f"{PATH}?limit=2", token).json
        assert (len(first["data"]), first["has_more"]) == (2, True)
        second = world.client.call("GET", f"{PATH}?limit=2&cursor={first['next_cursor']}", token).json
        assert (len(second["data"]), second["has_more"]) == (1, False)
        assert len({consent["id"] for consent in first["data"] + second["data"]}) == 3


class TestRevokeConsent:
    def test_by_the_banks_own_app_stops_a_third_party_at_once(self, real_world: World, boxes: Boxes) -> None:
        world = real_world
        token = world.tokens(scope="openid accounts:read")["access_token"]
        stopped = world.consent
        own = new_world(boxes, first_party=True, scope="consents:read consents:revoke")
        own.user = world.user
        answered = own.sign_in().person.open(own.push(scope="consents:read consents:revoke"))
        own_token = own.client.redeem(answered.answer["code"]).json["access_token"]
        reply = own.client.call("POST", f"{PATH}/{stopped.id}/revoke", own_token)
        assert (reply.status, reply.json["status"]) == (200, "CANC")
        assert reply.headers["Audit-Event-Id"]
        assert world.client.call("GET", "/oauth/userinfo", token).status == 401

    def test_of_somebody_elses_is_not_found(self, world: World, boxes: Boxes) -> None:
        world.tokens(scope=SCOPE)
        own = new_world(boxes, first_party=True, scope="consents:revoke")
        answered = own.sign_in().person.open(own.push(scope="consents:revoke"))
        own_token = own.client.redeem(answered.answer["code"]).json["access_token"]
        reply = own.client.call("POST", f"{PATH}/{world.consent.id}/revoke", own_token)
        assert (reply.status, reply.json["code"]) == (404, "consent_not_found")

    def test_needs_a_right_no_app_has(self, world: World) -> None:
        token = world.tokens(scope=SCOPE)["access_token"]
        refused = world.client.call("POST", f"{PATH}/{world.consent.id}/revoke", token)
        assert refused.status == 403
        assert world.consent.status == "AUTH"
