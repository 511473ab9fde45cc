"""acr_values, claims and max_age at the authorization endpoint; step-up at the API (RFC 9470)."""

import json
import time
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.conf import settings
from django.utils import timezone

from audit.actor import Actor
from oauth.errors import InsufficientUserAuthentication
from oauth.protocol.failures import InvalidRequest
from oauth.protocol.id_token import LIFE_SECONDS
from oauth.protocol.sign_in_asked import Asked, asked
from oauth.sign_in import ONE_FACTOR, TWO_FACTORS
from oauth.step_up import check_strong, strong_sign_in
from tests.oauth.conftest import Boxes, World, new_user, new_world
from tests.support import signed_in
from tests.support.signed_in import CODE, PASSWORD


def essential(*values: str) -> str:
    return json.dumps({"id_token": {"acr": {"essential": True, "values": list(values)}}})


def prove(world: World, *methods: dict[str, str]) -> None:
    signed_in.prove(world.browser, world.user, *methods)


def enrol(world: World) -> None:
    TOTP.activate(world.user, generate_totp_secret())


def opened(world: World, **parameters: Any) -> Any:
    return world.person.open(world.push(**parameters))


class TestAsked:
    @pytest.mark.parametrize(
        ("values", "acr", "is_met"),
        [((), ONE_FACTOR, True), ((TWO_FACTORS,), ONE_FACTOR, False), ((TWO_FACTORS,), TWO_FACTORS, True),
         ((ONE_FACTOR,), TWO_FACTORS, True), ((TWO_FACTORS, ONE_FACTOR), ONE_FACTOR, True),
         (("urn:unknown",), TWO_FACTORS, False)],
    )  # fmt: skip
    def test_is_met_by_a_class_asked_for_or_a_stronger_one(
        self, values: tuple[str, ...], acr: str, is_met: bool
    ) -> None:
        assert Asked(values).is_met_by(acr) is is_met

    def test_reads_wishes_and_lets_an_essential_claim_go_first(self) -> None:
        wish = asked({"acr_values": f"{TWO_FACTORS} {ONE_FACTOR}"})
        assert (wish.acr_values, wish.is_essential) == ((TWO_FACTORS, ONE_FACTOR), False)
        both = asked({"acr_values": ONE_FACTOR, "claims": essential(TWO_FACTORS)})
        assert (both.acr_values, both.is_essential) == ((TWO_FACTORS,), True)

    @pytest.mark.parametrize("claims", ["{}", '{"id_token": null}', '{"id_token": {"acr": null}}',
                                        '{"userinfo": {"email": null}, "id_token": {"x": 1}}'])  # fmt: skip
    def test_takes_requests_that_ask_nothing_of_the_sign_in(self, claims: str) -> None:
        assert asked({"claims": claims}) == Asked()

    @pytest.mark.parametrize(
        "claims", ["", "[]", "null", "1", "{", '{"id_token": 1}', '{"id_token": {"acr": "x"}}', "[" * 3000,
                   '{"id_token": {"acr": {"values": "x"}}}', '{"id_token": {"acr": {"values": [1]}}}'],
    )  # fmt: skip
    def test_refuses_what_cannot_be_read(self, claims: str) -> None:
        with pytest.raises(InvalidRequest):
            asked({"claims": claims})


class TestAuthorize:
    def test_refuses_unreadable_claims_when_they_are_pushed(self, world: World) -> None:
        reply = world.client.push(claims="no json")
        assert (reply.status, reply.json["error"]) == (400, "invalid_request")

    def test_asks_for_the_second_factor_of_who_has_one(self, world: World) -> None:
        prove(world, PASSWORD)
        enrol(world)
        url = world.push(acr_values=TWO_FACTORS)
        way = urlsplit(world.person.open(url).location)
        assert way.path == "/account/security/confirm/code/"
        assert parse_qs(way.query)["next"] == [f"{urlsplit(url).path}?{urlsplit(url).query}"]

    def test_goes_on_once_it_was_given(self, world: World) -> None:
        prove(world, PASSWORD, CODE)
        enrol(world)
        assert opened(world, claims=essential(TWO_FACTORS)).status == 200

    def test_tells_the_app_that_insists_on_what_the_person_cannot_prove(self, world: World) -> None:
        prove(world, PASSWORD)
        answer = opened(world, claims=essential(TWO_FACTORS)).answer
        assert answer["error"] == "unmet_authentication_requirements"
        assert answer["iss"] == settings.PUBLIC_ORIGIN

    def test_tells_the_app_that_insists_on_what_the_bank_does_not_know(self, world: World) -> None:
        prove(world, PASSWORD, CODE)
        enrol(world)
        answer = opened(world, claims=essential("urn:retina")).answer
        assert answer["error"] == "unmet_authentication_requirements"

    def test_goes_on_with_less_than_was_only_wished_for(self, world: World) -> None:
        prove(world, PASSWORD)
        assert opened(world, acr_values=TWO_FACTORS).status == 200

    def test_asks_nobody_who_may_not_be_asked(self, world: World) -> None:
        prove(world, PASSWORD)
        enrol(world)
        answer = opened(world, acr_values=TWO_FACTORS, prompt="none").answer
        assert answer["error"] == "login_required"

    def test_is_for_the_person_named_alone(self, world: World) -> None:
        prove(world, PASSWORD)
        mine, other = (json.dumps({"id_token": {"sub": {"value": who}}}) for who in (world.user.id, "usr_x"))
        assert opened(world, claims=mine).status == 200
        assert opened(world, claims=other).answer["error"] == "login_required"

    def test_is_for_the_person_of_an_id_token_hint_alone(self, world: World, boxes: Boxes) -> None:
        world.sign_in()
        mine = world.tokens()["id_token"]
        assert opened(world, id_token_hint=mine).status == 200
        world.browser.force_login(new_user())
        answer = opened(world, id_token_hint=mine).answer
        assert (answer["error"], answer["iss"]) == ("login_required", settings.PUBLIC_ORIGIN)
        assert opened(world, id_token_hint=mine, prompt="none").answer["error"] == "login_required"

    def test_takes_an_id_token_hint_that_has_expired_beside_claims(self, world: World) -> None:
        with time_machine.travel(timezone.now(), tick=False) as clock:
            mine = world.tokens()["id_token"]
            clock.shift(LIFE_SECONDS + 100)
            prove(world, PASSWORD)
            insists = essential(TWO_FACTORS)
            answer = opened(world, id_token_hint=mine, claims=insists).answer
            assert answer["error"] == "unmet_authentication_requirements"

    def test_refuses_a_hint_that_is_no_id_token_of_this_client(self, world: World, boxes: Boxes) -> None:
        other = new_world(boxes).tokens()["id_token"]
        response = opened(world.sign_in(), response_mode="jwt", prompt="none").answer["response"]
        forged = world.client.assertion(iss=settings.PUBLIC_ORIGIN, aud=world.client.client_id)
        for hint in ("garbage", other, response, forged):
            reply = world.client.push(id_token_hint=hint)
            assert (reply.status, reply.json["error"]) == (400, "invalid_request"), hint

    def test_refuses_a_hint_and_claims_that_name_two_people(self, world: World) -> None:
        other = json.dumps({"id_token": {"sub": {"value": "usr_x"}}})
        reply = world.client.push(id_token_hint=world.tokens()["id_token"], claims=other)
        assert (reply.status, reply.json["error"]) == (400, "invalid_request")

    @pytest.mark.parametrize("prompt", ["login", "select_account", "select_account consent"])
    def test_lets_the_person_sign_in_again_where_the_app_asks_for_it(self, world: World, prompt: str) -> None:
        prove(world, PASSWORD)
        url = world.push(prompt=prompt)
        assert world.person.open(url).location.startswith("/login/")
        prove(world, PASSWORD)
        assert world.person.open(url).status == 200

    def test_wants_a_fresh_sign_in_when_the_old_one_is_older_than_max_age(self, world: World) -> None:
        with time_machine.travel(timezone.now(), tick=False) as clock:
            prove(world, PASSWORD)
            clock.shift(100)
            assert opened(world, max_age="200").status == 200
            assert opened(world, max_age="50").location.startswith("/login/")

    def test_says_in_metadata_what_it_understands(self, world: World) -> None:
        body = world.person.open("/.well-known/openid-configuration").json
        assert body["claims_parameter_supported"] is True
        assert body["acr_values_supported"] == [TWO_FACTORS, ONE_FACTOR]


def person(**fields: Any) -> Actor:
    return Actor(**{"type": "customer", "acr": TWO_FACTORS, "auth_time": int(time.time()), **fields})


TARGET = ("endpoint", "/v1/payments")


class TestCheckStrong:
    @pytest.mark.parametrize(
        "actor",
        [person(), person(auth_time=int(time.time()) - 3600),
         person(acr=ONE_FACTOR, type="app", bound_to_consent=True), Actor(type="service")],
        ids=["fresh", "an hour old", "third party", "service"],
    )  # fmt: skip
    def test_lets_through(self, actor: Actor) -> None:
        check_strong(actor, target=TARGET)

    @pytest.mark.parametrize(
        "actor",
        [person(acr=ONE_FACTOR), person(acr=""), person(auth_time=0), person(auth_time=None),
         person(type="staff", acr=ONE_FACTOR), person(type="staff", auth_time=0)],
    )  # fmt: skip
    def test_challenges_one_factor_or_long_ago(self, real_db: None, actor: Actor) -> None:
        with pytest.raises(InsufficientUserAuthentication) as refusal:
            check_strong(actor, target=TARGET)
        challenge = refusal.value.headers["WWW-Authenticate"]
        assert 'error="insufficient_user_authentication"' in challenge
        assert f'acr_values="{TWO_FACTORS}"' in challenge
        assert f'max_age="{settings.PAYMENT_SIGN_IN_SECONDS}"' in challenge

    def test_takes_its_limit_from_the_settings(self, real_db: None, settings: Any) -> None:
        settings.PAYMENT_SIGN_IN_SECONDS = 300
        check_strong(person(auth_time=int(time.time()) - 290), target=TARGET)
        with pytest.raises(InsufficientUserAuthentication):
            check_strong(person(auth_time=int(time.time()) - 310), target=TARGET)

    def test_comes_before_the_method_it_guards(self, real_db: None) -> None:
        @strong_sign_in
        def pay(view: Any, request: Any) -> None:
            pytest.fail("it was carried out")

        request = SimpleNamespace(auth=person(acr=ONE_FACTOR), path="/v1/payments")
        with pytest.raises(InsufficientUserAuthentication):
            pay(None, request)
