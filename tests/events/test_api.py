"""Events and webhook endpoints over HTTP: strict, an app's own alone, the same 404 for what is another's."""

from typing import Any

import pytest

from accounts.money import Money
from events.models import WebhookDelivery, WebhookEndpoint
from events.operations import endpoints
from events.operations.deliveries import deliver_due
from tests.bank.outbound.conftest import Serve
from tests.bank.outbound.servers import says
from tests.events.conftest import App, settle
from tests.support.customers import Someone, deposit

URL = "https://bellhop.example/hook"
UNKNOWN = "whe_01jz3k00000000000000000000"


def added(app: App, **more: Any) -> dict[str, Any]:
    answered = app.call("POST", "/v1/webhook-endpoints", {"url": URL, **more})
    assert answered.status == 201, answered.text
    return dict(answered.json)


class TestEvents:
    def test_are_read_page_by_page(self, app: App, alice: Someone) -> None:
        account = alice.account()
        app.shares(alice, account)
        for minor in range(1, 6):
            deposit(account.id, Money(minor, "GBP"))
        settle()
        first = app.call("GET", "/v1/events?limit=3").json
        assert [event["number"] for event in first["data"]] == [1, 2, 3]
        assert (first["has_more"], first["next_after"]) == (True, 3)
        last = app.call("GET", "/v1/events?limit=3&after=3").json
        assert [event["data"]["amount"]["amount"] for event in last["data"]] == ["0.04", "0.05"]
        assert (last["has_more"], last["next_after"]) == (False, 5)
        assert app.call("GET", "/v1/events?after=5").json == {"data": [], "has_more": False, "next_after": 5}

    @pytest.mark.parametrize(
        "query", ["after=-1", "after=x", "limit=0", "limit=101", "cursor=x", "after=1&after=2"]
    )
    def test_refuse_a_query_that_is_none(self, app: App, query: str) -> None:
        assert app.call("GET", f"/v1/events?{query}").status == 400

    def test_of_another_app_are_not_there(self, app: App, rival: App, alice: Someone) -> None:
        account = alice.account()
        app.shares(alice, account)
        deposit(account.id, Money(1, "GBP"))
        settle()
        assert rival.call("GET", "/v1/events").json["data"] == []


class TestEndpoints:
    def test_are_added_with_a_secret_that_is_told_once(self, app: App) -> None:
        made = added(app, description="Live", event_types=["transaction.booked"])
        assert made["secret"].startswith("whsec_")
        read = app.call("GET", f"/v1/webhook-endpoints/{made['id']}").json
        assert read == {name: value for name, value in made.items() if name != "secret"}
        assert app.call("GET", "/v1/webhook-endpoints").json["data"] == [read]

    @pytest.mark.parametrize(
        "url",
        [
            "http://bellhop.example/hook",
            "https://127.0.0.1/hook",
            "https://[::1]/hook",
            "https://[::ffff:127.0.0.1]/hook",
            "https://2130706433/hook",
            "https://user@bellhop.example/",
            "https://bellhop.example:22/",
            "https://bellhop.example/#x",
            "ftp://bellhop.example/",
            "",
            7,
        ],
    )
    def test_refuse_what_is_no_address_of_an_app(self, app: App, url: Any) -> None:
        refused = app.call("POST", "/v1/webhook-endpoints", {"url": url})
        assert (refused.status, refused.json["errors"][0]["pointer"]) == (400, "/url")

    def test_refuse_a_name_that_leads_inside(self, app: App, settings: Any) -> None:
        settings.OUTBOUND_LOOPBACK_HOSTS = []
        refused = app.call("POST", "/v1/webhook-endpoints", {"url": "https://localhost:9443/hook"})
        assert (refused.status, refused.json["code"]) == (422, "webhook_target_refused")
        changed = app.call(
            "PATCH", f"/v1/webhook-endpoints/{added(app)['id']}", {"url": "https://localhost/"}
        )
        assert changed.status == 422
        assert app.call("GET", "/v1/webhook-endpoints").json["data"][0]["url"] == URL

    @pytest.mark.parametrize(
        "more", [{"event_types": ["nothing"]}, {"event_types": "x"}, {"secret": "x"}, {"status": "ENABLED"}]
    )
    def test_refuse_members_that_are_none(self, app: App, more: Any) -> None:
        assert app.call("POST", "/v1/webhook-endpoints", {"url": URL, **more}).status == 400

    def test_are_five_at_most(self, app: App) -> None:
        for _ in range(5):
            added(app)
        refused = app.call("POST", "/v1/webhook-endpoints", {"url": URL})
        assert (refused.status, refused.json["code"]) == (409, "too_many_webhook_endpoints")

    def test_are_changed_member_by_member(self, app: App) -> None:
        path = f"/v1/webhook-endpoints/{added(app)['id']}"
        changed = app.call("PATCH", path, {"event_types": ["hold.placed", "hold.placed"]}).json
        assert (changed["event_types"], changed["url"]) == (["hold.placed"], URL)
        off = app.call("PATCH", path, {"status": "DISABLED"}).json
        assert (off["status"], off["disabled_reason"]) == ("DISABLED", "by_its_app")
        on = app.call("PATCH", path, {"status": "ENABLED"}).json
        assert (on["status"], on["disabled_reason"]) == ("ENABLED", "")

    def test_get_a_new_secret(self, app: App) -> None:
        made = added(app)
        rotated = app.call("POST", f"/v1/webhook-endpoints/{made['id']}/rotate").json
        assert rotated["secret"] != made["secret"]
        assert rotated["previous_secret_until"]

    def test_are_taken_away(self, app: App) -> None:
        path = f"/v1/webhook-endpoints/{added(app)['id']}"
        assert app.call("DELETE", path).status == 204
        assert app.call("GET", path).status == 404


class TestDeliveries:
    def test_are_asked_for_listed_looked_at_and_repeated(self, app: App, serve: Serve) -> None:
        server = serve(says(b"", status="500 Oh"))
        endpoint = app.endpoint(server)
        path = f"/v1/webhook-endpoints/{endpoint.id}"
        rung = app.call("POST", f"{path}/test")
        assert (rung.status, rung.json["event_type"]) == (202, "webhook_endpoint.tested")
        assert app.call("POST", f"{path}/deliveries/{rung.json['id']}/retry").status == 409
        WebhookEndpoint.objects.exclude(id=endpoint.id).update(status="DISABLED", disabled_reason="tests")
        deliver_due()
        (listed,) = app.call("GET", f"{path}/deliveries").json["data"]
        assert (listed["status"], listed["attempts"]) == ("PENDING", 1)
        detail = app.call("GET", f"{path}/deliveries/{listed['id']}").json
        assert detail["log"][0]["http_status"] == 500
        assert detail["log"][0]["signed"].startswith(f"{listed['event']}.")
        server.behaviour = says(b"")
        assert app.call("POST", f"{path}/deliveries/{listed['id']}/retry").status == 202
        deliver_due()
        assert WebhookDelivery.objects.get(id=listed["id"]).status == "DELIVERED"

    def test_go_on_page_by_page(self, app: App) -> None:
        endpoint = app.endpoint()
        for _ in range(3):
            endpoints.test_endpoint(endpoint.id, by=app.actor)
        path = f"/v1/webhook-endpoints/{endpoint.id}/deliveries"
        first = app.call("GET", f"{path}?limit=2").json
        last = app.call("GET", f"{path}?limit=2&cursor={first['next_cursor']}").json
        assert [row["event_number"] for row in first["data"] + last["data"]] == [3, 2, 1]

    def test_are_not_rung_at_an_endpoint_that_is_off(self, app: App) -> None:
        path = f"/v1/webhook-endpoints/{added(app)['id']}"
        app.call("PATCH", path, {"status": "DISABLED"})
        refused = app.call("POST", f"{path}/test")
        assert (refused.status, refused.json["code"]) == (409, "webhook_endpoint_disabled")


class TestOthers:
    CALLS = (
        ("GET", ""),
        ("PATCH", ""),
        ("DELETE", ""),
        ("POST", "/rotate"),
        ("POST", "/test"),
        ("GET", "/deliveries"),
        ("GET", "/deliveries/{delivery}"),
        ("POST", "/deliveries/{delivery}/retry"),
    )

    @pytest.mark.parametrize(("method", "path"), CALLS)
    def test_find_nothing_in_the_same_words(self, app: App, rival: App, method: str, path: str) -> None:
        endpoint = app.endpoint()
        delivery = endpoints.test_endpoint(endpoint.id, by=app.actor)

        def answers(id_: str) -> Any:
            url = f"/v1/webhook-endpoints/{id_}{path.format(delivery=delivery.id)}"
            body = {"description": "mine"} if method == "PATCH" else None
            answered = rival.call(method, url, body)
            told = {name: value for name, value in answered.json.items() if name != "request_id"}
            return answered.status, {**told, "instance": told["instance"].replace(id_, "…")}

        assert answers(endpoint.id) == answers(UNKNOWN)
        assert answers(endpoint.id)[0] == 404
        assert WebhookEndpoint.objects.get(id=endpoint.id).description == ""

    def test_find_no_delivery_under_an_endpoint_of_their_own(self, app: App, rival: App) -> None:
        delivery = endpoints.test_endpoint(app.endpoint().id, by=app.actor)
        path = f"/v1/webhook-endpoints/{rival.endpoint().id}/deliveries/{delivery.id}"
        assert rival.call("GET", path).status == 404
        assert rival.call("POST", f"{path}/retry").status == 404
