"""Authorization server, the authorization code flow: requirements 16 to 29."""

import time
from typing import Any
from urllib.parse import urlencode

import pytest
import time_machine

from oauth.models import Client, Consent, PushedAuthorizationRequest
from tests.oauth.conftest import World, new_client, new_user
from tests.oauth.threads import all_at_once
from tests.support.fapi_client import DjangoTransport, Person


class TestAS16PushedRequests:
    def test_need_client_authentication(self, world: World) -> None:
        refused = world.client.push(client_assertion="nonsense")
        assert (refused.status, refused.json["error"]) == (401, "invalid_client")


class TestAS17AuthorizationWithoutPushing:
    def test_is_refused_by_a_page(self, world: World) -> None:
        url = world.client.url(f"/oauth/authorize?{urlencode(world.client.request())}")
        page = world.sign_in().person.open(url)
        assert page.status == 400
        assert "Location" not in page.headers

    def test_is_refused_by_a_direct_post(self, world: World) -> None:
        seen = world.sign_in().person.open(world.push())
        url = world.client.url(f"/oauth/authorize?{urlencode(world.client.request())}")
        answered = world.person.submit(url, {"decision": "share", **world.client.request()}, page=seen)
        assert answered.status == 400
        assert not Consent.objects.filter(user=world.user).exists()


class TestAS18Pkce:
    @pytest.mark.parametrize(
        "parameters",
        [
            {"code_challenge": None},
            {"code_challenge_method": None},
            {"code_challenge_method": "plain"},
            {"code_challenge_method": "s256"},
            {"code_challenge": "short"},
            {"code_challenge": "x" * 44},
            {"code_challenge": None, "code_challenge_method": None},
        ],
    )
    def test_is_demanded_with_s256_when_pushing(self, world: World, parameters: dict[str, Any]) -> None:
        refused = world.client.push(**parameters)
        assert (refused.status, refused.json["error"]) == (400, "invalid_request")


class TestAS19Verifier:
    @pytest.mark.parametrize("verifier", [None, "x" * 43, "short", "ü" * 43, "x" * 200, ""])
    def test_wrong_or_missing_is_an_invalid_grant(self, world: World, verifier: str | None) -> None:
        refused = world.client.redeem(world.code(), code_verifier=verifier)
        assert (refused.status, refused.json["error"]) == (400, "invalid_grant")


class TestAS20RedirectUri:
    @pytest.mark.parametrize(
        "change",
        [
            lambda uri: None,
            lambda uri: uri + "/",
            lambda uri: uri + "?x=1",
            lambda uri: uri.replace("https", "http"),
            lambda uri: uri.upper(),
            lambda uri: uri + "/../callback",
            lambda uri: uri.replace("callback", "%63allback"),
            lambda uri: uri + "#fragment",
            lambda uri: "https://evil.example/",
        ],
    )
    def test_must_be_exactly_a_registered_one(self, world: World, change: Any) -> None:
        refused = world.client.push(redirect_uri=change(world.client.redirect_uri))
        assert (refused.status, refused.json["error"]) == (400, "invalid_request")


class TestAS21Issuer:
    def test_is_in_the_answer(self, world: World) -> None:
        assert world.agree().answer["iss"] == world.client.issuer

    def test_is_in_the_refusal(self, world: World) -> None:
        answered = world.sign_in().person.decide(world.push(), decision="refuse")
        assert answered.answer["iss"] == world.client.issuer


class TestAS22UsedCodes:
    def test_are_refused_and_their_tokens_die(self, world: World) -> None:
        code = world.code()
        token = world.client.redeem(code).json["access_token"]
        assert world.client.redeem(code).json["error"] == "invalid_grant"
        assert world.client.call("GET", "/oauth/userinfo", token).status == 401


class TestAS23SeeOther:
    def test_answers_the_decision(self, world: World) -> None:
        assert world.agree().status == 303


class TestAS24LifeOfARequest:
    def test_is_under_ten_minutes_and_said_truly(self, world: World) -> None:
        with time_machine.travel(time.time(), tick=False) as clock:
            pushed = world.client.push().json
            assert 5 < pushed["expires_in"] < 600
            url = world.client.authorize_url(pushed["request_uri"])
            world.sign_in()
            clock.shift(pushed["expires_in"] - 5)
            assert world.person.open(url).status == 200
            clock.shift(6)
            assert world.person.open(url).status == 400

    def test_that_is_over_cannot_be_decided(self, world: World) -> None:
        with time_machine.travel(time.time(), tick=False) as clock:
            url = world.push()
            page = world.sign_in().person.open(url)
            clock.shift(600)
            answered = world.person.submit(url, {"decision": "share", "accounts": ["box-1"]}, page=page)
        assert answered.status == 400
        assert not Consent.objects.filter(user=world.user).exists()


class TestAS25ConsentPage:
    def test_names_the_app_and_what_it_asks(self, world: World) -> None:
        page = world.sign_in().person.open(world.push(scope="openid balances:read payments:create"))
        assert "Piggy" in page.text
        assert "Account balance" in page.text
        assert "Make payments from the accounts you choose" in page.text
        assert "Transaction details" not in page.text


class TestAS26NonceAndState:
    def test_state_of_a_thousand_characters_comes_back_intact(self, world: World) -> None:
        state = "s+&=%ü/ " * 150
        assert world.agree(state=state).answer["state"] == state

    def test_state_is_optional(self, world: World) -> None:
        assert "state" not in world.agree(state=None).answer

    def test_nonce_is_optional(self, world: World) -> None:
        assert "id_token" in world.tokens(nonce=None)


class TestAS27UsedUp:
    def test_by_the_decision_and_not_by_the_look(self, world: World) -> None:
        url = world.push()
        world.sign_in()
        for _ in range(3):
            assert world.person.open(url).status == 200
        assert world.person.decide(url, accounts=["box-1"]).status == 303
        assert world.person.open(url).status == 400

    def test_by_the_refusal(self, world: World) -> None:
        url = world.push()
        page = world.sign_in().person.open(url)
        world.person.submit(url, {"decision": "refuse"}, page=page)
        answered = world.person.submit(url, {"decision": "share", "accounts": ["box-1"]}, page=page)
        assert answered.status == 400
        assert world.consent.status == "RJCT"

    def test_by_one_of_two_submits(self, world: World) -> None:
        url = world.push()
        page = world.sign_in().person.open(url)
        form = {"decision": "share", "accounts": ["box-1"]}
        first = world.person.submit(url, form, page=page)
        second = world.person.submit(url, form, page=page)
        assert (first.status, second.status) == (303, 400)
        assert Consent.objects.filter(user=world.user).count() == 1

    def test_by_one_of_ten_submits_at_the_same_moment(self, real_world: World) -> None:
        url = real_world.push()
        page = real_world.sign_in().person.open(url)
        form = {"decision": "share", "accounts": ["box-1"]}
        answers = all_at_once(10, lambda: real_world.person.submit(url, form, page=page).status)
        assert sorted(answers) == [303] + [400] * 9
        assert Consent.objects.filter(user=real_world.user).count() == 1


class TestAS28Reference:
    def test_is_new_long_and_stored_nowhere_in_caches(self, world: World) -> None:
        pushed = [world.client.push() for _ in range(3)]
        assert {reply.status for reply in pushed} == {201}
        assert {reply.headers["Cache-Control"] for reply in pushed} == {"no-store"}
        references = {reply.json["request_uri"] for reply in pushed}
        assert len(references) == 3
        assert all(len(uri.rpartition(":")[2]) >= 43 for uri in references)

    def test_works_for_its_own_client_only(self, world: World) -> None:
        request_uri = world.client.push().json["request_uri"]
        other = new_client()
        page = world.sign_in().person.open(other.authorize_url(request_uri))
        assert page.status == 400

    @pytest.mark.parametrize("name", ["request_uri", "request"])
    def test_is_not_taken_inside_a_pushed_request(self, world: World, name: str) -> None:
        refused = world.client.push(**{name: "https://elsewhere.example/request.jwt"})
        assert refused.status == 400
        assert refused.json["error"] in {"invalid_request", "invalid_request_object"}

    @pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
    def test_is_made_by_post_only(self, world: World, method: str) -> None:
        assert world.client.transport.send(method, "/oauth/par", {}).status == 405

    def test_leaves_parameters_in_the_url_unread(self, world: World) -> None:
        url = (
            world.push()
            + "&"
            + urlencode({"scope": "payments:create", "state": "evil", "redirect_uri": "https://x.example"})
        )
        answered = world.sign_in().person.decide(url, accounts=["box-1"])
        assert answered.answer["state"] == "state-1"
        assert answered.location.startswith(world.client.redirect_uri)
        assert world.consent.scope == "openid accounts:read balances:read"

    def test_is_kept_as_a_hash(self, world: World) -> None:
        request_uri = world.client.push().json["request_uri"]
        assert not PushedAuthorizationRequest.objects.filter(reference_checksum=request_uri).exists()


class TestWhatChangedSincePushing:
    def test_a_redirect_uri_no_longer_registered_is_not_gone_to(self, world: World) -> None:
        url = world.push()
        Client.objects.filter(client_id=world.client.client_id).update(redirect_uris="https://other.example/")
        page = world.sign_in().person.open(url)
        assert page.status == 400
        assert "Location" not in page.headers

    def test_a_scope_no_longer_allowed_gives_no_code_and_no_consent(self, world: World) -> None:
        url = world.push()
        Client.objects.filter(client_id=world.client.client_id).update(scopes=["balances:read"])
        answered = world.sign_in().person.decide(url, accounts=["box-1"])
        assert answered.answer["error"] == "invalid_request"
        assert not Consent.objects.filter(user=world.user).exists()

    def test_an_app_switched_off_gets_nothing(self, world: World) -> None:
        url = world.push()
        Client.objects.filter(client_id=world.client.client_id).update(is_active=False)
        assert world.sign_in().person.open(url).status == 400


class TestAS29Identity:
    def test_is_told_through_openid_only(self, world: World) -> None:
        tokens = world.tokens(scope="accounts:read")
        assert "id_token" not in tokens
        assert world.client.call("GET", "/oauth/userinfo", tokens["access_token"]).status == 403


class TestSignIn:
    def test_stands_before_the_consent_page(self, world: World) -> None:
        answered = world.person.open(world.push())
        assert answered.location.startswith("/login/?next=/oauth/authorize")

    def test_is_demanded_again_when_it_is_older_than_max_age(self, world: World) -> None:
        with time_machine.travel(time.time(), tick=False) as clock:
            world.sign_in()
            clock.shift(100)
            assert world.person.open(world.push(max_age="200")).status == 200
            url = world.push(max_age="50")
            assert world.person.open(url).location.startswith("/login/")
            clock.shift(5)
            world.sign_in()
            assert world.person.open(url).status == 200

    @pytest.mark.parametrize("wish", [{"max_age": "0"}, {"prompt": "login"}])
    def test_is_demanded_once_and_not_for_ever(self, world: World, wish: dict[str, str]) -> None:
        with time_machine.travel(time.time(), tick=False) as clock:
            world.sign_in()
            clock.shift(5)
            url = world.push(**wish)
            assert world.person.open(url).location.startswith("/login/")
            clock.shift(5)
            world.sign_in()
            clock.shift(5)
            assert world.person.open(url).status == 200

    def test_silently_asked_for_needs_a_person_all_the_same(self, world: World) -> None:
        world.sign_in()
        assert world.person.open(world.push(prompt="none")).answer["error"] == "consent_required"

    def test_of_a_login_switched_off_opens_nothing(self, world: World) -> None:
        url = world.push()
        world.sign_in()
        world.user.is_active = False
        world.user.save()
        assert world.person.open(url).location.startswith("/login/")

    def test_of_another_person_shows_a_page_of_their_own(self, world: World) -> None:
        url = world.push()
        world.sign_in().person.open(url)
        other = Person(DjangoTransport(world.client.issuer))
        other.transport.browser.force_login(new_user())  # type: ignore[attr-defined]
        assert other.decide(url, accounts=["box-1"]).status == 303
        assert world.person.open(url).status == 400
