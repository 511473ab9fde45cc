"""The bank's own app: a plain sign-in, no consent page, the customer's full rights."""

import pytest

from oauth.actors import actor_for_token
from oauth.models import AccessToken
from tests.oauth.conftest import Boxes, World, new_world


@pytest.fixture
def own(db: None, boxes: Boxes) -> World:
    return new_world(boxes, first_party=True, name="Harbour")


class TestOwnApp:
    def test_sends_a_signed_in_person_straight_back(self, own: World) -> None:
        answered = own.sign_in().person.open(own.push())
        assert answered.status == 303
        assert answered.location.startswith(own.client.redirect_uri)
        assert own.client.redeem(answered.answer["code"]).status == 200

    def test_sends_a_stranger_to_sign_in(self, own: World) -> None:
        assert own.person.open(own.push()).location.startswith("/login/")

    def test_covers_everything_that_can_be_chosen(self, own: World) -> None:
        own.sign_in().person.open(own.push())
        assert own.boxes.granted == [(own.consent.id, ["box-1", "box-2"])]

    def test_acts_as_the_customer_and_is_bound_to_no_consent(self, own: World) -> None:
        answered = own.sign_in().person.open(own.push(scope="accounts:read payments:create"))
        own.client.redeem(answered.answer["code"])
        actor = actor_for_token(AccessToken.objects.get(user=own.user))
        assert (actor.type, actor.bound_to_consent) == ("customer", False)
        assert actor.permissions == {"accounts:read", "payments:create"}

    def test_uses_its_request_up_as_well(self, own: World) -> None:
        url = own.push()
        own.sign_in().person.open(url)
        assert own.person.open(url).status == 400

    def test_may_ask_silently(self, own: World) -> None:
        assert own.person.open(own.push(prompt="none")).answer["error"] == "login_required"
        assert "code" in own.sign_in().person.open(own.push(prompt="none")).answer


class TestThirdParty:
    def test_is_bound_to_its_consent(self, db: None, boxes: Boxes) -> None:
        world = new_world(boxes)
        world.tokens()
        actor = actor_for_token(AccessToken.objects.get(user=world.user))
        assert (actor.type, actor.bound_to_consent) == ("app", True)
        assert actor.consent_id == world.consent.id
        assert actor.key_thumbprint == world.client.thumbprint
