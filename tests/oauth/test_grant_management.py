"""Grant management: asked about, given up, replaced; and the consent resource of the API."""

from typing import Any

import pytest
from django.utils import timezone

from audit.actor import system
from oauth.errors import PageChanged
from oauth.models import AccessToken, Consent, RefreshToken, User
from oauth.operations.consent_life import renew
from oauth.scopes import GRANT_QUERY, GRANT_REVOKE
from tests.oauth.conftest import SCOPE, Boxes, World, new_client, new_user, new_world

BOTH = f"openid {SCOPE} grant_management_query grant_management_revoke"


@pytest.fixture
def managing(db: None, boxes: Boxes) -> World:
    return new_world(boxes, scope=BOTH)


def grants(world: World, method: str, grant_id: str, token: str) -> Any:
    return world.client.call(method, f"/oauth/grants/{grant_id}", token)


class TestQuery:
    def test_tells_what_a_grant_allows(self, managing: World) -> None:
        told = managing.tokens(scope="accounts:read grant_management_query")
        described = grants(managing, "GET", told["grant_id"], told["access_token"])
        assert described.status == 200, described.text
        assert described.json == {
            "scopes": [{"scope": "accounts:read grant_management_query"}],
            "claims": [],
        }

    def test_needs_its_scope(self, managing: World) -> None:
        told = managing.tokens(scope="accounts:read grant_management_revoke")
        refused = grants(managing, "GET", told["grant_id"], told["access_token"])
        assert (refused.status, refused.json["error"]) == (403, "insufficient_scope")

    def test_needs_a_token(self, managing: World) -> None:
        url = managing.client.url("/oauth/grants/con_00000000000000000000000000")
        assert managing.client.transport.send("GET", url, {}).status == 401

    @pytest.mark.parametrize("grant_id", ["con_00000000000000000000000000", "nonsense"])
    def test_of_none_is_unknown(self, managing: World, grant_id: str) -> None:
        token = managing.tokens(scope="accounts:read grant_management_query")["access_token"]
        refused = grants(managing, "GET", grant_id, token)
        assert (refused.status, refused.json["error"]) == (404, "invalid_grant_id")

    def test_of_another_app_or_person_is_unknown(self, managing: World, boxes: Boxes) -> None:
        token = managing.tokens(scope="accounts:read grant_management_query")["access_token"]
        other_app = World(managing.user, new_client(scope=BOTH), managing.person, boxes)
        other_person = World(new_user(), managing.client, managing.person, boxes)
        for world in (other_app, other_person):
            theirs = world.tokens(scope="accounts:read")["grant_id"]
            assert grants(managing, "GET", theirs, token).status == 404


class TestRevoke:
    def test_is_not_hindered_by_a_restriction_of_the_customers_data(self, managing: World) -> None:
        told = managing.tokens(scope=f"openid accounts:read {GRANT_QUERY} {GRANT_REVOKE}")
        User.objects.filter(id=managing.user.id).update(
            restricted_at=timezone.now(), restriction_ground="accuracy"
        )
        assert grants(managing, "GET", told["grant_id"], told["access_token"]).status == 200
        assert grants(managing, "DELETE", told["grant_id"], told["access_token"]).status == 204
        assert managing.consent.status == Consent.Status.CANCELLED

    def test_ends_the_grant_and_its_tokens(self, managing: World) -> None:
        told = managing.tokens(scope="openid accounts:read grant_management_revoke")
        assert grants(managing, "DELETE", told["grant_id"], told["access_token"]).status == 204
        assert managing.consent.status == "CANC"
        assert managing.client.call("GET", "/oauth/userinfo", told["access_token"]).status == 401
        assert managing.client.refresh(told["refresh_token"]).status == 400

    def test_needs_its_scope(self, managing: World) -> None:
        told = managing.tokens(scope="accounts:read grant_management_query")
        assert grants(managing, "DELETE", told["grant_id"], told["access_token"]).status == 403
        assert managing.consent.status == "AUTH"


class TestReplace:
    def test_keeps_the_id_and_kills_old_tokens(self, managing: World) -> None:
        first = managing.tokens(scope="openid accounts:read", grant_management_action="create")
        before = managing.consent
        again = self.replaced(managing, first["grant_id"])
        after = managing.consent
        assert again["grant_id"] == first["grant_id"] == after.id
        assert (after.scope, after.version, after.created_at) == (
            "openid balances:read",
            2,
            before.created_at,
        )
        assert after.renewed_at > before.created_at
        assert after.expires_at > before.expires_at
        assert managing.boxes.summary(after) == ["box-2"]
        assert managing.client.call("GET", "/oauth/userinfo", first["access_token"]).status == 401
        assert managing.client.refresh(first["refresh_token"]).status == 400
        assert managing.client.call("GET", "/oauth/userinfo", again["access_token"]).status == 200
        assert Consent.objects.filter(user=managing.user).count() == 1

    def replaced(self, world: World, grant_id: str, scope: str = "openid balances:read") -> dict[str, Any]:
        reply = world.agree(
            accounts=["box-2"], scope=scope, grant_management_action="replace", grant_id=grant_id
        )
        answered = world.client.redeem(reply.answer["code"])
        assert answered.status == 200, answered.text
        return dict(answered.json)

    def test_of_one_whose_time_is_over_begins_it_again(self, managing: World) -> None:
        from datetime import timedelta

        from django.utils import timezone

        first = managing.tokens(scope="accounts:read")
        past = timezone.now() - timedelta(seconds=1)
        Consent.objects.filter(id=first["grant_id"]).update(
            created_at=past - timedelta(days=90), expires_at=past
        )
        assert self.replaced(managing, first["grant_id"])["grant_id"] == first["grant_id"]
        assert managing.consent.expires_at > timezone.now() + timedelta(days=89)

    def test_leaves_everything_when_the_person_refuses(self, managing: World) -> None:
        first = managing.tokens(scope="openid accounts:read")
        url = managing.push(grant_management_action="replace", grant_id=first["grant_id"])
        assert managing.person.decide(url, decision="refuse").answer["error"] == "access_denied"
        assert managing.client.call("GET", "/oauth/userinfo", first["access_token"]).status == 200

    @pytest.mark.parametrize(
        ("parameters", "error"),
        [
            ({"grant_management_action": "merge"}, "invalid_request"),
            ({"grant_management_action": "update", "grant_id": "x"}, "invalid_request"),
            ({"grant_management_action": "merge", "grant_id": "nonsense"}, "invalid_grant_id"),
            ({"grant_management_action": "replace"}, "invalid_request"),
            ({"grant_id": "con_00000000000000000000000000"}, "invalid_request"),
            ({"grant_management_action": "create", "grant_id": "x"}, "invalid_request"),
            ({"grant_management_action": "replace", "grant_id": "nonsense"}, "invalid_grant_id"),
            ({"grant_management_action": "replace", "grant_id": "con_7" + "0" * 25}, "invalid_grant_id"),
        ],
    )
    def test_of_nothing_is_refused(self, managing: World, parameters: dict[str, str], error: str) -> None:
        refused = managing.client.push(**parameters)
        assert (refused.status, refused.json["error"]) == (400, error)

    def test_of_what_ended_is_refused(self, managing: World) -> None:
        managing.tokens(scope="accounts:read")
        managing.revoke()
        refused = managing.client.push(grant_management_action="replace", grant_id=managing.consent.id)
        assert refused.json["error"] == "invalid_grant_id"

    def test_of_another_app_is_refused(self, managing: World) -> None:
        theirs = managing.tokens(scope="accounts:read")["grant_id"]
        refused = new_client().push(grant_management_action="replace", grant_id=theirs)
        assert refused.json["error"] == "invalid_grant_id"

    def test_by_another_person_sends_the_app_away(self, managing: World) -> None:
        theirs = managing.tokens(scope="accounts:read")["grant_id"]
        url = managing.push(grant_management_action="replace", grant_id=theirs)
        managing.browser.force_login(new_user())
        sent = managing.person.open(url)
        assert (sent.status, sent.answer["error"]) == (303, "invalid_grant_id")
        assert managing.consent.version == 1

    def test_ends_a_code_that_waits(self, managing: World) -> None:
        code = managing.code(scope="openid accounts:read")
        self.replaced(managing, managing.consent.id)
        assert managing.client.redeem(code).status == 400

    def test_leaves_no_live_token_of_before(self, managing: World) -> None:
        first = managing.tokens(scope="openid accounts:read")
        managing.client.refresh(first["refresh_token"])
        self.replaced(managing, first["grant_id"])
        assert AccessToken.objects.filter(consent_id=first["grant_id"]).count() == 1
        assert RefreshToken.objects.filter(consent_id=first["grant_id"], revoked=None).count() == 1


class TestMerge:
    def begun(self, world: World) -> dict[str, Any]:
        return world.tokens(scope="openid accounts:read")

    def page(self, world: World, grant_id: str, scope: str = "openid balances:read") -> str:
        return world.push(scope=scope, grant_management_action="merge", grant_id=grant_id)

    def test_adds_to_what_there_is(self, managing: World) -> None:
        first = self.begun(managing)
        code = managing.person.decide(self.page(managing, first["grant_id"]), accounts=["box-2"]).answer[
            "code"
        ]
        again = managing.client.redeem(code).json
        assert again["grant_id"] == first["grant_id"]
        assert set(again["scope"].split()) == {"openid", "accounts:read", "balances:read"}
        assert managing.boxes.summary(managing.consent) == ["box-2", "box-1"]
        assert managing.client.call("GET", "/oauth/userinfo", first["access_token"]).status == 401
        assert Consent.objects.filter(user=managing.user).count() == 1

    def test_shows_the_sum(self, managing: World) -> None:
        page = managing.person.open(self.page(managing, self.begun(managing)["grant_id"])).text
        for words in ("Account name, type and number", "Account balance", "Shared with this app already"):
            assert words in page, words

    def test_may_add_scopes_alone(self, managing: World) -> None:
        url = self.page(managing, self.begun(managing)["grant_id"])
        assert managing.person.decide(url, accounts=[]).status == 303
        assert managing.boxes.summary(managing.consent) == ["box-1"]

    def test_brings_back_no_scope_the_app_has_lost(self, managing: World) -> None:
        first = self.begun(managing)
        row = managing.client_row
        row.scopes = [name for name in row.scopes if name != "accounts:read"]
        row.save()
        managing.person.decide(self.page(managing, first["grant_id"]), accounts=[])
        assert managing.consent.scope == "openid balances:read"

    def test_is_decided_anew_when_the_grant_changed_meanwhile(self, managing: World) -> None:
        first = self.begun(managing)
        url = self.page(managing, first["grant_id"])
        shown = managing.person.open(url)
        managing.boxes.granted[-1][1].append("box-2")
        form = {"decision": "share", "accounts": []}
        assert managing.person.submit(url, form, page=shown).status == 422
        assert managing.consent.version == 1

    def test_checks_the_grant_again_once_it_is_locked(self, managing: World) -> None:
        self.begun(managing)
        consent = managing.consent
        with pytest.raises(PageChanged):
            renew(consent.id, decided=consent, seen_version=7, by=system("tests"))

    def test_is_for_scopes_alone(self, managing: World) -> None:
        details = '[{"type": "account_information", "actions": ["accounts:read"]}]'
        refused = managing.client.push(
            scope="openid",
            authorization_details=details,
            grant_management_action="merge",
            grant_id=self.begun(managing)["grant_id"],
        )
        assert (refused.status, refused.json["error"]) in {
            (400, "invalid_request"),
            (400, "invalid_authorization_details"),
        }

    def test_by_another_person_sends_the_app_away(self, managing: World) -> None:
        url = self.page(managing, self.begun(managing)["grant_id"])
        managing.browser.force_login(new_user())
        assert managing.person.open(url).answer["error"] == "invalid_grant_id"


class TestMetadata:
    def test_announces_what_there_is(self, managing: World) -> None:
        url = managing.client.url("/.well-known/oauth-authorization-server")
        told = managing.client.transport.send("GET", url, {}).json
        assert told["grant_management_endpoint"] == managing.client.url("/oauth/grants")
        assert told["grant_management_actions_supported"] == ["query", "revoke", "create", "replace", "merge"]
        assert told["grant_management_action_required"] is False


class TestConsentResource:
    def test_is_read_and_given_up_by_its_app(self, managing: World) -> None:
        told = managing.tokens(scope="accounts:read consents:read")
        path = f"/v1/consents/{told['grant_id']}"
        read = managing.client.call("GET", path, told["access_token"])
        assert (read.status, read.json["status"], read.json["includes"]) == (200, "AUTH", ["box-1"])
        assert managing.client.call("DELETE", path, told["access_token"]).status == 204
        assert managing.consent.status == "CANC"
        assert managing.client.call("GET", path, told["access_token"]).status == 401

    def test_of_another_app_is_not_found(self, managing: World, boxes: Boxes) -> None:
        token = managing.tokens(scope="consents:read accounts:read")["access_token"]
        other = World(managing.user, new_client(), managing.person, boxes)
        path = f"/v1/consents/{other.tokens(scope='accounts:read')['grant_id']}"
        for method in ("GET", "DELETE"):
            assert managing.client.call(method, path, token).status == 404

    def test_is_not_given_up_by_the_banks_own_app(self, managing: World, boxes: Boxes) -> None:
        managing.tokens(scope="accounts:read")
        theirs = managing.consent
        own = new_world(boxes, first_party=True, scope="consents:read")
        own.user = managing.user
        answered = own.sign_in().person.open(own.push(scope="consents:read"))
        token = own.client.redeem(answered.answer["code"]).json["access_token"]
        assert own.client.call("GET", f"/v1/consents/{theirs.id}", token).status == 200
        assert own.client.call("DELETE", f"/v1/consents/{theirs.id}", token).status == 403

    def test_keeps_the_receipt_from_the_app(self, managing: World, boxes: Boxes) -> None:
        told = managing.tokens(scope="accounts:read consents:read")
        path = f"/v1/me/consents/{told['grant_id']}/receipt"
        refused = managing.client.call("GET", path, told["access_token"])
        assert (refused.status, refused.json["code"]) == (403, "receipt_is_the_customers")
        own = new_world(boxes, first_party=True, scope="consents:read")
        own.user = managing.user
        answered = own.sign_in().person.open(own.push(scope="consents:read"))
        token = own.client.redeem(answered.answer["code"]).json["access_token"]
        receipt = own.client.call("GET", path, token).json
        assert {each["id"]: each["state"] for each in receipt["accounts"]} == {
            "box-1": "included", "box-2": "omitted", "box-3": "omitted",
        }  # fmt: skip
        assert receipt["shown_matches_digest"] is True
