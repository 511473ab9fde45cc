"""Hazard 3: stock DOT keeps the request in hidden form fields: a POST without any GET yields a code."""

from tests.oauth.conftest import World, new_user
from tests.support.fapi_client import DjangoTransport, Person, Reply


def code_in(reply: Reply) -> bool:
    return reply.status == 303 and "code" in reply.answer


class TestDecision:
    def test_without_a_look_at_the_page_gives_no_code(self, world: World) -> None:
        world.sign_in()
        earlier = world.person.open(world.push())
        unseen = world.push()
        answered = world.person.submit(unseen, {"decision": "share", "accounts": ["box-1"]}, page=earlier)
        assert answered.status == 422
        assert not world.boxes.granted

    def test_with_parameters_in_the_form_changes_nothing_of_what_was_pushed(self, world: World) -> None:
        world.sign_in()
        more = {
            "scope": "payments:create",
            "redirect_uri": "https://evil.example/",
            "client_id": "someone-else",
        }
        answered = world.person.submit(world.push(), {"decision": "share", "accounts": ["box-1"], **more})
        assert answered.location.startswith(world.client.redirect_uri)
        assert world.consent.scope == "openid accounts:read balances:read"

    def test_by_somebody_else_than_the_one_who_looked_gives_no_code(self, world: World) -> None:
        world.sign_in()
        url = world.push()
        world.person.open(url)
        other = Person(DjangoTransport(world.client.issuer))
        other.transport.browser.force_login(new_user())  # type: ignore[attr-defined]
        seen_elsewhere = other.open(world.push())
        answered = other.submit(url, {"decision": "share", "accounts": ["box-1"]}, page=seen_elsewhere)
        assert not code_in(answered)

    def test_about_a_page_that_has_changed_since_shows_the_new_one(self, world: World) -> None:
        world.sign_in()
        url = world.push()
        page = world.person.open(url)
        registered = world.client_row
        registered.purpose = "Now for something else"
        registered.save()
        answered = world.person.submit(url, {"decision": "share", "accounts": ["box-1"]}, page=page)
        assert answered.status == 422
        assert not world.boxes.granted
