"""Webhooks in the developer portal, by plain forms; somebody else's app is not found."""

import re

import pytest

from bank.access import roles
from events.models import Event, WebhookAttempt, WebhookDelivery, WebhookEndpoint
from events.operations.deliveries import deliver_due
from tests.bank.outbound.conftest import Serve
from tests.bank.outbound.servers import says
from tests.events.conftest import App, new_app
from tests.pages.conftest import Browser, cheap_hashing, make_person

__all__ = ["cheap_hashing"]  # fixtures
pytestmark = pytest.mark.usefixtures("real_db")


@pytest.fixture
def browser(real_db: None) -> Browser:
    return Browser()


@pytest.fixture
def owned(browser: Browser) -> App:
    """An app of the developer who is signed in."""
    developer = make_person(roles.CUSTOMER, roles.DEVELOPER)
    app = new_app()
    app.row.user = developer.user
    app.row.save()
    browser.sign_in(developer)
    return app


def page_of(app: App, *more: str) -> str:
    return "/".join([f"/developers/apps/{app.row.client_id}/webhooks", *more, ""])


class TestEndpoints:
    def test_are_added_and_the_secret_is_shown_this_once(self, owned: App, browser: Browser) -> None:
        answer = browser.send(page_of(owned), {"url": "https://bellhop.example/hook", "description": "Live"})
        endpoint = WebhookEndpoint.objects.get(client=owned.row)
        assert endpoint.secret in answer.content.decode()
        page = browser.get(page_of(owned, endpoint.id)).content.decode()
        assert "https://bellhop.example/hook" in page
        assert endpoint.secret not in page
        assert "Live" in browser.get(page_of(owned)).content.decode()

    @pytest.mark.parametrize("url", ["http://bellhop.example/", "https://127.0.0.1/", "https://localhost/"])
    def test_refuse_an_address_inside_in_words(self, owned: App, browser: Browser, url: str) -> None:
        answer = browser.send(page_of(owned), {"url": url})
        assert answer.status_code == 422
        assert "<title>Error:" in answer.content.decode()
        assert not WebhookEndpoint.objects.filter(client=owned.row).exists()

    def test_take_their_steps(self, owned: App, browser: Browser) -> None:
        endpoint = owned.endpoint()
        path = page_of(owned, endpoint.id)
        rotated = browser.send(path, {"step": "rotate"}).content.decode()
        endpoint.refresh_from_db()
        assert endpoint.secret in rotated
        browser.send(path, {"step": "disable"})
        assert "by_its_app" in browser.get(path).content.decode()
        browser.send(path, {"step": "enable"})
        browser.send(path, {"step": "test"})
        assert Event.objects.get(client=owned.row).type == "webhook_endpoint.tested"
        assert browser.send(path, {"step": "remove"}).status_code == 302
        assert not WebhookEndpoint.objects.filter(client=owned.row).exists()

    def test_name_in_the_trail_who_did_it(self, owned: App, browser: Browser) -> None:
        answer = browser.send(page_of(owned), {"url": "https://bellhop.example/hook"})
        assert re.fullmatch(r"[0-9a-f-]{36}", answer.headers["Audit-Event-Id"])


class TestDelivery:
    def test_shows_exactly_what_was_signed_and_goes_out_again(
        self, owned: App, browser: Browser, serve: Serve
    ) -> None:
        server = serve(says(b"<script>alert(1)</script>", status="500 Oh"))
        endpoint = owned.endpoint(server)
        browser.send(page_of(owned, endpoint.id), {"step": "test"})
        WebhookEndpoint.objects.exclude(id=endpoint.id).update(status="DISABLED", disabled_reason="tests")
        deliver_due()
        delivery = WebhookDelivery.objects.get(endpoint=endpoint)
        path = page_of(owned, endpoint.id, "deliveries", delivery.id)
        page = browser.get(path).content.decode()
        signed = WebhookAttempt.objects.get(delivery=delivery).signed
        assert signed.replace('"', "&quot;") in page
        assert "<script>alert" not in page
        browser.send(f"{path}again/", form_at=path)
        delivery.refresh_from_db()
        assert (delivery.status, delivery.attempts) == ("PENDING", 0)


class TestOthers:
    def test_find_nothing(self, owned: App) -> None:
        endpoint = owned.endpoint()
        stranger = Browser()
        stranger.sign_in(make_person(roles.CUSTOMER, roles.DEVELOPER))
        for path in (page_of(owned), page_of(owned, endpoint.id)):
            assert stranger.get(path).status_code == 404

    def test_who_are_no_developers_are_refused(self, owned: App) -> None:
        customer = Browser()
        customer.sign_in(make_person(roles.CUSTOMER))
        assert customer.get(page_of(owned)).status_code == 403
        assert Browser().get(page_of(owned)).status_code == 302
