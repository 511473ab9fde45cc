"""The developer portal and what staff do with apps in the admin, by plain forms."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse

from approvals.models import Approval
from bank.access import roles
from oauth.models import Client, InitialAccessToken
from tests.pages.conftest import Browser, Person, make_person
from tests.support.fapi_client import new_key

pytestmark = pytest.mark.usefixtures("db")
APPS = "/developers/apps/"
Make = Callable[..., Person]


def typed(**fields: Any) -> dict[str, Any]:
    """Return a form as a developer fills it in."""
    return {
        "client_name": "Puffin",
        "purpose": "Show your spending by category.",
        "organisation": "Puffin Ltd",
        "redirect_uris": "https://piggy.example/callback\nhttps://piggy.example/other",
        "scopes": ["openid", "accounts:read"],
        "jwks": json.dumps({"keys": [new_key().as_dict(private=False)]}),
        **fields,
    }


@pytest.fixture
def developer(browser: Browser, person: Make) -> Browser:
    browser.sign_in(person(roles.CUSTOMER, roles.DEVELOPER))
    return browser


@pytest.fixture
def registered(developer: Browser) -> Client:
    developer.send(f"{APPS}new/", typed())
    return Client.objects.get(name="Puffin")


class TestPortal:
    def test_is_for_developers_alone(self, browser: Browser, person: Make) -> None:
        assert browser.get(APPS).status_code == 302
        browser.sign_in(person(roles.CUSTOMER))
        assert browser.get(APPS).status_code == 403

    def test_is_no_way_into_the_admin(self, developer: Browser) -> None:
        assert developer.get("/admin/", follow=True).status_code == 403

    def test_shows_scopes_beside_the_sentence_a_customer_reads(self, developer: Browser) -> None:
        page = developer.get(f"{APPS}new/").content.decode()
        assert "Account name, type and number" in page
        assert "accounts:read" in page
        assert "consents:revoke" not in page

    def test_registers_an_app(self, developer: Browser, registered: Client) -> None:
        assert registered.redirect_uris.split() == [
            "https://piggy.example/callback",
            "https://piggy.example/other",
        ]
        assert (registered.scopes, registered.status) == (["openid", "accounts:read"], "sandbox")
        page = developer.get(f"{APPS}{registered.client_id}/").content.decode()
        assert registered.client_id in page
        assert "Puffin" in developer.get(APPS).content.decode()

    @pytest.mark.parametrize(
        "wrong",
        [
            {"client_name": ""},
            {"purpose": ""},
            {"redirect_uris": "http://piggy.example/"},
            {"redirect_uris": ""},
            {"scopes": []},
            {"scopes": ["consents:revoke"]},
            {"jwks": ""},
            {"jwks": "{"},
            {"jwks": "[]"},
            {"jwks": '{"keys": []}'},
            {"jwks_uri": "https://piggy.example/jwks"},
            {"client_uri": "javascript:alert(1)"},
            {"jwks": "", "jwks_uri": "https://127.0.0.1/"},
            {"client_name": "\u202ePuffin"},
        ],
        ids=str,
    )
    def test_says_what_is_wrong(self, developer: Browser, wrong: dict[str, Any]) -> None:
        answer = developer.send(f"{APPS}new/", typed(**wrong))
        page = answer.content.decode()
        assert answer.status_code == 422
        assert "<title>Error:" in page
        assert "There is a problem" in page
        assert not Client.objects.filter(name="Puffin").exists()

    def test_shows_nobody_another_s_app(self, browser: Browser, registered: Client, person: Make) -> None:
        other = Browser()
        other.sign_in(person(roles.DEVELOPER))
        for page in ("", "keys/"):
            assert other.get(f"{APPS}{registered.client_id}/{page}").status_code == 404
        assert (
            other.send(f"{APPS}{registered.client_id}/", {"step": "close"}, form_at=APPS).status_code == 404
        )
        assert Client.objects.get(pk=registered.pk).status == "sandbox"

    def test_changes_keys(self, developer: Browser, registered: Client) -> None:
        new = {"keys": [new_key().as_dict(private=False)]}
        answer = developer.send(f"{APPS}{registered.client_id}/keys/", {"jwks": json.dumps(new)})
        assert answer.status_code == 302
        assert Client.objects.get(pk=registered.pk).client_jwks == new

    def test_refuses_a_private_key(self, developer: Browser, registered: Client) -> None:
        private = json.dumps({"keys": [new_key().as_dict(private=True)]})
        answer = developer.send(f"{APPS}{registered.client_id}/keys/", {"jwks": private})
        assert answer.status_code == 422
        assert "private key" in answer.content.decode()

    def test_asks_for_review_and_deregisters(self, developer: Browser, registered: Client) -> None:
        address = f"{APPS}{registered.client_id}/"
        developer.send(address, {"step": "submit"})
        assert self.review(registered) == ("in_review", "PENDING", registered.user_id)
        developer.send(address, {"step": "withdraw"})
        assert self.review(registered)[:2] == ("sandbox", "WITHDRAWN")
        developer.send(address, {"step": "submit"})
        developer.send(address, {"step": "close"})
        assert self.review(registered)[:2] == ("closed", "WITHDRAWN")
        assert developer.get(address).status_code == 404

    def review(self, app: Client) -> tuple[str, str, str | None]:
        """Return the state of an app, of its latest request, and who asked."""
        asked = Approval.objects.filter(target_id=app.client_id).latest("id")
        return Client.objects.get(pk=app.pk).status, asked.status, asked.requested_by_id


def act(browser: Browser, action: str, client: Client, **more: str) -> None:
    path = reverse("admin:oauth_client_changelist")
    browser.send(path, {"action": action, "_selected_action": [str(client.pk)], **more})


def tokens() -> set[str]:
    return set(InitialAccessToken.objects.values_list("id", flat=True))


class TestAdmin:
    def staff(self, role: str) -> Browser:
        browser = Browser()
        browser.sign_in(make_person(role, totp=True))
        return browser

    def status(self, client: Client) -> str:
        return Client.objects.get(pk=client.pk).status

    def test_lets_an_app_live_by_a_second_person(self, registered: Client) -> None:
        act(self.staff(roles.PLATFORM_ADMIN), "submit", registered)
        assert self.status(registered) == "in_review"
        act(self.staff(roles.PLATFORM_ADMIN), "approve", registered)
        assert self.status(registered) == "in_review"
        approver = self.staff(roles.APPROVER)
        page = reverse("admin:oauth_client_change", args=[registered.pk])
        asked = Approval.objects.get(target_id=registered.client_id)
        assert asked.id in approver.get(page).content.decode()
        act(approver, "approve", registered)
        assert self.status(registered) == "live"

    def test_is_decided_on_the_page_of_approvals_as_well(self, registered: Client) -> None:
        act(self.staff(roles.PLATFORM_ADMIN), "submit", registered)
        asked = Approval.objects.get(target_id=registered.client_id)
        page = reverse("admin:approvals_approval_change", args=[asked.id])
        approver = self.staff(roles.APPROVER)
        assert "https://piggy.example/callback" in approver.get(page).content.decode()
        approver.send(page, {"decision": "approve", "digest": asked.payload_digest})
        assert self.status(registered) == "live"

    def test_sends_back_with_a_reason_alone(self, developer: Browser, registered: Client) -> None:
        act(self.staff(roles.PLATFORM_ADMIN), "submit", registered)
        approver = self.staff(roles.COMPLIANCE)
        act(approver, "send_back", registered)
        assert self.status(registered) == "in_review"
        act(approver, "send_back", registered, note="Name your purpose.")
        assert self.status(registered) == "sandbox"
        assert "Name your purpose." in developer.get(f"{APPS}{registered.client_id}/").content.decode()

    def test_suspends(self, registered: Client) -> None:
        act(self.staff(roles.SUPPORT), "suspend", registered)
        assert self.status(registered) == "sandbox"
        act(self.staff(roles.PLATFORM_ADMIN), "suspend", registered)
        assert self.status(registered) == "suspended"

    def test_shows_an_initial_access_token_once(self) -> None:
        browser = self.staff(roles.PLATFORM_ADMIN)
        path, before = reverse("admin:oauth_initialaccesstoken_add"), tokens()
        answer = browser.send(path, {"organisation": "Puffin Ltd", "clients_left": "3"}, follow=True)
        kept = InitialAccessToken.objects.exclude(id__in=before).get()
        page = answer.content.decode()
        assert "hbi_" in page
        assert kept.token_checksum not in page
        assert (
            "hbi_" not in browser.get(reverse("admin:oauth_initialaccesstoken_changelist")).content.decode()
        )

    @pytest.mark.parametrize("clients", ["0", "21", "x", ""])
    def test_gives_a_token_for_a_few_apps_alone(self, clients: str) -> None:
        browser = self.staff(roles.PLATFORM_ADMIN)
        path, before = reverse("admin:oauth_initialaccesstoken_add"), tokens()
        assert browser.send(path, {"organisation": "Puffin Ltd", "clients_left": clients}).status_code == 200
        assert tokens() == before
