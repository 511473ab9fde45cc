"""The log of an app's requests in the portal: the app's own, for who owns the app, while they are kept."""

import json
from dataclasses import dataclass, field
from uuid import uuid4

import pytest
from django_redis import get_redis_connection

from bank.access.roles import CUSTOMER, DEVELOPER
from bank.observability import glass_box
from oauth.models import Client
from tests.pages.conftest import Browser, cheap_hashing, make_person
from tests.support.customers import someone
from tests.support.own_app import OwnApp, signed_in

__all__ = ["cheap_hashing"]  # a fixture


def an_id() -> str:
    return f"log-{uuid4().hex}"


@dataclass
class Developer:
    """A developer, signed in at the portal, whose app a customer uses."""

    browser: Browser = field(default_factory=Browser)
    app: OwnApp = field(default_factory=lambda: signed_in(someone().user))

    def __post_init__(self) -> None:
        person = make_person(CUSTOMER, DEVELOPER)
        self.browser.sign_in(person)
        Client.objects.filter(client_id=self.app.client.client_id).update(user=person.user)

    @property
    def page(self) -> str:
        return f"/developers/apps/{self.app.client.client_id}/requests/"

    def ask(self, path: str = "/accounts") -> str:
        """Let the app ask the API; return the request's id."""
        request_id = an_id()
        self.app.get(path, **{"X-Request-ID": request_id})
        return request_id

    def listed(self) -> list[str]:
        return [trace["request_id"] for trace in self.browser.get(self.page).context["requests"]]


@pytest.fixture
def developer(db: None) -> Developer:
    return Developer()


class TestList:
    def test_shows_the_apps_requests_the_newest_first(self, developer: Developer) -> None:
        asked = [developer.ask(), developer.ask("/audit/events")]
        assert developer.listed() == asked[::-1]
        page = developer.browser.get(developer.page).content.decode()
        assert "GET /v1/audit/events" in page
        assert "403" in page

    def test_is_reached_from_the_app(self, developer: Developer) -> None:
        page = developer.browser.get(developer.page.removesuffix("requests/")).content.decode()
        assert developer.page in page
        assert f"{developer.page.removesuffix('requests/')}webhooks/" in page

    def test_shows_no_other_apps(self, developer: Developer) -> None:
        other = Developer()
        asked = other.ask()
        assert developer.listed() == []
        assert developer.browser.get(other.page).status_code == 404
        assert developer.browser.get(f"{other.page}{asked}/").status_code == 404
        assert developer.browser.get(f"{developer.page}{asked}/").status_code == 404

    def test_keeps_two_apps_apart_that_choose_the_same_id(self, developer: Developer) -> None:
        other, request_id = Developer(), an_id()
        developer.app.get("/accounts", **{"X-Request-ID": request_id})
        other.app.get("/me", **{"X-Request-ID": request_id})
        assert "/v1/accounts" in developer.browser.get(f"{developer.page}{request_id}/").content.decode()
        assert "/v1/me" in other.browser.get(f"{other.page}{request_id}/").content.decode()

    def test_says_nothing_anybody_wrote(self, developer: Developer) -> None:
        request_id = developer.ask("/accounts?nothing=secret")
        page = developer.browser.get(f"{developer.page}{request_id}/").content.decode()
        assert "secret" not in page + developer.browser.get(developer.page).content.decode()

    def test_is_for_developers_alone(self, developer: Developer) -> None:
        assert Browser().get(developer.page).status_code == 302
        customer = Browser()
        customer.sign_in(make_person(CUSTOMER))
        assert customer.get(developer.page).status_code == 403

    def test_is_empty_while_the_cache_is_away(
        self, developer: Developer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from redis.exceptions import ConnectionError as Away

        def away(alias: str) -> None:
            raise Away

        developer.ask()
        monkeypatch.setattr(glass_box, "get_redis_connection", away)
        assert developer.listed() == []


class TestFinding:
    def test_leads_to_the_request(self, developer: Developer) -> None:
        request_id = developer.ask()
        found = developer.browser.get(f"{developer.page}?request_id={request_id}")
        assert found["Location"] == f"{developer.page}{request_id}/"
        page = developer.browser.get(found["Location"]).content.decode()
        assert "the permission the view names, held by the caller" in page

    @pytest.mark.parametrize("wanted", ["log-nothing", "\x00", "x" * 3000, "<script>", "*"])
    def test_says_so_when_there_is_none(self, developer: Developer, wanted: str) -> None:
        page = developer.browser.get(developer.page, data={"request_id": wanted})
        assert page.status_code in (200, 400)
        assert "<script>" not in page.content.decode()
        assert developer.browser.get(f"{developer.page}nothing-there/").status_code == 404


class TestKeeping:
    def test_is_bounded_in_number_and_time(self, developer: Developer) -> None:
        client_id, cache = developer.app.client.client_id, get_redis_connection("default")
        request_id = developer.ask()
        key = f"trace:{request_id}:{client_id}:x"
        cache.set(key, json.dumps({}), ex=5)
        cache.lpush(f"traces_of:{client_id}", *[key] * 300)
        developer.ask()
        assert cache.llen(f"traces_of:{client_id}") == glass_box.KEPT_FOR_AN_APP
        assert 0 < cache.ttl(f"traces_of:{client_id}") <= glass_box.KEPT_SECONDS
