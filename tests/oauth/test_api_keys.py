"""API keys of services: shown once, scoped, from their networks, rotated, revoked; never a person's."""

import json
import re
from datetime import timedelta
from io import StringIO
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from audit.actor import system
from bank.access.permissions import AUDIT_READ, METRICS_READ, SERVICE_SCOPES, all_permissions, app_scopes
from bank.access.roles import PLATFORM_ADMIN, SUPPORT
from oauth.errors import ApiKeyNotFound, ApiKeyRefused
from oauth.models import ApiKey
from oauth.operations.api_keys import IssuedKey, issue_api_key, revoke_api_key, rotate_api_key
from oauth.protocol import secrets
from tests.oauth.conftest import World
from tests.oauth.test_limits import narrow
from tests.pages.conftest import Browser, make_person
from tests.support.customers import someone

BY = system("tests")
ELSEWHERE = "203.0.113.9"


def issue(*scopes: str, **details: Any) -> IssuedKey:
    return issue_api_key(service="scraper", scopes=scopes or (METRICS_READ,), by=BY, **details)


def call(key: str, path: str = "/metrics", *, address: str = ELSEWHERE, **headers: str) -> Any:
    sent = {"x-api-key": key, **headers}
    return Client().get(path, secure=True, headers=sent, REMOTE_ADDR=address)


@pytest.mark.usefixtures("db")
class TestKey:
    def test_opens_what_it_is_for(self) -> None:
        assert call(issue().text).status_code == 200
        assert Client().get("/metrics", secure=True, REMOTE_ADDR=ELSEWHERE).status_code == 401

    def test_opens_nothing_else(self) -> None:
        answer = call(issue().text, "/v1/audit/events")
        assert (answer.status_code, answer.json()["code"]) == (403, "insufficient_scope")

    def test_is_scannable(self) -> None:
        text = issue().text
        assert re.fullmatch(r"hb_test_[A-Za-z0-9_-]{43}[0-9a-f]{8}", text)
        assert secrets.is_sound(text, secrets.TEST_KEY)

    def test_is_kept_as_a_hash_alone(self) -> None:
        issued = issue()
        row = ApiKey.objects.filter(pk=issued.kept.pk).values().get()
        assert issued.text not in str(row)
        assert row["checksum"] == secrets.checksum(issued.text)
        assert issued.text.startswith(row["hint"])
        assert len(row["hint"]) < 16

    @pytest.mark.parametrize(
        "wrong", ["", "x", "hb_test_", "\xe9" * 60, "hb_live_" + "a" * 51, "hb_test_" + "a" * 51]
    )
    def test_that_was_never_made_costs_no_look_into_the_database(self, wrong: str) -> None:
        with CaptureQueriesContext(connection) as queries:
            assert call(wrong).status_code == 401
        assert not [query for query in queries if "oauth_apikey" in query["sql"]]

    def test_with_one_letter_changed_is_none(self) -> None:
        text = issue().text
        other = "A" if text[20] != "A" else "B"
        assert call(text[:20] + other + text[21:]).status_code == 401

    @override_settings(SANDBOX=False)
    def test_of_the_sandbox_is_none_in_production(self) -> None:
        with override_settings(SANDBOX=True):
            text = issue().text
        assert call(text).status_code == 401
        assert issue().text.startswith("hb_live_")

    def test_costs_one_query_and_no_write_but_the_first_of_a_day(self) -> None:
        text = issue().text
        call(text)
        with CaptureQueriesContext(connection) as queries:
            call(text)
        assert len([query for query in queries if "oauth_apikey" in query["sql"]]) == 1
        assert ApiKey.objects.get(checksum=secrets.checksum(text)).last_used_on == timezone.now().date()

    def test_beside_a_token_is_refused_whatever_either_is_worth(self, world: World) -> None:
        token = world.tokens()["access_token"]
        answer = call(issue().text, "/v1/me/consents", authorization=f"DPoP {token}")
        assert answer.status_code == 401


@pytest.mark.usefixtures("db")
class TestNetworks:
    @pytest.mark.parametrize(
        ("network", "address", "status"),
        [("203.0.113.0/24", ELSEWHERE, 200), ("203.0.113.9/32", ELSEWHERE, 200),
         ("192.0.2.0/24", ELSEWHERE, 401),
         ("2001:db8::/32", "2001:db8::1", 200), ("2001:db8::/32", ELSEWHERE, 401)],
    )  # fmt: skip
    def test_are_the_only_ones_it_works_from(self, network: str, address: str, status: int) -> None:
        assert call(issue(networks=[network]).text, address=address).status_code == status

    def test_are_not_believed_from_a_header(self) -> None:
        text = issue(networks=["192.0.2.0/24"]).text
        assert call(text, **{"x-forwarded-for": "192.0.2.1"}).status_code == 401


@pytest.mark.usefixtures("db")
class TestEnd:
    def test_comes_at_its_time(self) -> None:
        issued = issue(days=1)
        ApiKey.objects.update(
            created_at=timezone.now() - timedelta(days=2), expires_at=timezone.now() - timedelta(seconds=1)
        )
        assert call(issued.text).status_code == 401

    def test_comes_at_once_when_it_is_revoked(self) -> None:
        issued = issue()
        revoke_api_key(issued.kept.id, by=BY)
        revoke_api_key(issued.kept.id, by=BY)
        assert call(issued.text).status_code == 401

    def test_of_what_is_not_there_is_refused(self) -> None:
        for key_id in ("key_none", "x"):
            with pytest.raises(ApiKeyNotFound):
                revoke_api_key(key_id, by=BY)


@pytest.mark.usefixtures("db")
class TestRotation:
    def test_lets_both_work_for_a_day(self) -> None:
        old = issue(networks=["203.0.113.0/24"])
        new = rotate_api_key(old.kept.id, by=BY)
        assert [call(key.text).status_code for key in (old, new)] == [200, 200]
        old.kept.refresh_from_db()
        assert timedelta(hours=23) < old.kept.expires_at - timezone.now() <= timedelta(hours=24)
        assert (new.kept.scopes, new.kept.networks) == (old.kept.scopes, old.kept.networks)

    def test_happens_once(self) -> None:
        old = issue()
        rotate_api_key(old.kept.id, by=BY)
        with pytest.raises(ApiKeyRefused):
            rotate_api_key(old.kept.id, by=BY)

    def test_does_not_wake_a_revoked_key(self) -> None:
        old = issue()
        revoke_api_key(old.kept.id, by=BY)
        with pytest.raises(ApiKeyRefused):
            rotate_api_key(old.kept.id, by=BY)


class TestScopes:
    def test_are_none_a_customer_could_consent_to(self) -> None:
        assert not SERVICE_SCOPES & set(app_scopes())

    @pytest.mark.parametrize("scope", sorted(set(all_permissions()) - SERVICE_SCOPES))
    def test_that_reach_what_is_somebodys_are_refused(self, db: None, scope: str) -> None:
        with pytest.raises(ApiKeyRefused):
            issue(METRICS_READ, scope)

    def test_written_past_the_operation_give_nothing(self, db: None) -> None:
        issued = issue(METRICS_READ)
        ApiKey.objects.update(scopes=sorted(all_permissions()))
        person = someone()
        account = person.account("5.00")
        for path in ("me", "accounts", f"accounts/{account.id}", "payments", "me/consents"):
            assert call(issued.text, f"/v1/{path}").status_code == 403, path

    @pytest.mark.parametrize(
        "wrong",
        [{"service": ""}, {"service": "Big Name"}, {"service": "x" * 80}, {"scopes": ()}, {"days": 0},
         {"days": 366}, {"networks": ["everywhere"]}, {"networks": ["192.0.2.1/24"]}],
    )  # fmt: skip
    def test_and_everything_else_must_be_sound(self, db: None, wrong: dict[str, Any]) -> None:
        sound = {"service": "scraper", "scopes": (METRICS_READ,), "by": BY}
        with pytest.raises(ApiKeyRefused):
            issue_api_key(**(sound | wrong))


@pytest.mark.usefixtures("real_db")
class TestService:
    def test_reads_the_trail(self) -> None:
        assert call(issue(AUDIT_READ).text, "/v1/audit/events").status_code == 200

    def test_leaves_its_name_in_the_trail_when_its_key_has_ended(self, superuser_url: str) -> None:
        issued = issue()
        revoke_api_key(issued.kept.id, by=BY)
        call(issued.text)
        with psycopg.connect(superuser_url) as opened:
            bodies = opened.execute("SELECT body FROM audit.outbox ORDER BY event_id").fetchall()
        mine = [json.loads(body)["kind"] for (body,) in bodies if issued.kept.id in str(body)]
        assert mine == ["api_key.issued", "api_key.revoked", "api_key.refused"]

    def test_is_no_person_wherever_any_token_would_do(self) -> None:
        path = "/v1/audit/events/01a20ba7-639e-7a29-a2f2-4b71029d3203/proof"
        assert call(issue().text, path).status_code == 404

    def test_is_limited_by_its_name(self) -> None:
        key = issue_api_key(service="hasty", scopes=[METRICS_READ], by=BY)
        text, other = key.text, rotate_api_key(key.kept.id, by=BY).text
        with narrow("api_read", client="2/h"):
            answers = [call(one).status_code for one in (text, other, text)]
        assert answers == [200, 200, 429]


class TestCommand:
    def test_prints_the_key_once(self, db: None) -> None:
        out = StringIO()
        call_command("issue_api_key", "scraper", "--scope", METRICS_READ, "--days", "7", stdout=out)
        assert call(out.getvalue().strip()).status_code == 200

    def test_refuses_what_no_key_can_be(self, db: None) -> None:
        with pytest.raises(CommandError):
            call_command("issue_api_key", "scraper", "--scope", METRICS_READ, "--network", "nowhere")


class TestAdmin:
    PAGE = "/admin/oauth/apikey/"

    def desk(self, role: str) -> Browser:
        browser = Browser()
        browser.sign_in(make_person(role, totp=True))
        return browser

    def make(self, desk: Browser) -> str:
        fields = {"service": "scraper", "scopes": METRICS_READ, "networks": "203.0.113.0/24", "days": "7"}
        assert desk.send(f"{self.PAGE}add/", fields).status_code == 302
        shown = re.search(r"hb_test_[\w-]{51}", desk.get(self.PAGE).content.decode())
        assert shown
        return shown[0]

    def test_makes_a_key_and_shows_it_once(self, db: None) -> None:
        desk = self.desk(PLATFORM_ADMIN)
        key = self.make(desk)
        assert call(key).status_code == 200
        assert key not in desk.get(self.PAGE).content.decode()

    def test_rotates_and_revokes(self, db: None) -> None:
        desk = self.desk(PLATFORM_ADMIN)
        key = self.make(desk)
        row = ApiKey.objects.get(checksum=secrets.checksum(key))
        desk.send(self.PAGE, {"action": "rotate", "_selected_action": row.id})
        assert ApiKey.objects.filter(replaces=row).exists()
        desk.send(self.PAGE, {"action": "revoke", "_selected_action": row.id})
        assert call(key).status_code == 401

    def test_is_read_only_for_who_only_reads(self, db: None) -> None:
        issued, desk = issue(), self.desk(SUPPORT)
        assert desk.get(f"{self.PAGE}add/").status_code == 403
        desk.send(self.PAGE, {"action": "revoke", "_selected_action": issued.kept.id})
        assert call(issued.text).status_code == 200


class TestDescription:
    def test_says_where_a_key_opens_and_where_not(self, db: None) -> None:
        document = Client().get("/v1/openapi.json", secure=True).json()
        assert document["components"]["securitySchemes"]["apiKey"]["name"] == "X-API-Key"
        by_key = {
            path
            for path, methods in document["paths"].items()
            for operation in methods.values()
            if {"apiKey": []} in operation.get("security", []) and not path.startswith("/v1/sandbox/")
        }
        assert by_key == {"/v1/audit/events"}
