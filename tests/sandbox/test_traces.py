"""The glass box: what acted on a request, in order, for who made it and nobody else."""

import json
import re
from typing import Any
from uuid import uuid4

import pytest
from django.test import override_settings

from bank.observability import glass_box
from bank.observability.context import RequestContext, current, enter, leave
from tests.architecture.source import ROOT
from tests.sandbox.service import Service
from tests.support.customers import someone
from tests.support.own_app import OwnApp, signed_in


class Refusal(Exception):
    """Something refused."""


def an_id() -> str:
    return f"trace-{uuid4().hex}"


def traced(app: OwnApp, request_id: str) -> dict[str, Any]:
    reply = app.get(f"/sandbox/traces/{request_id}")
    assert reply.status == 200, reply.text
    found: dict[str, Any] = reply.json
    return found


@pytest.fixture
def app(db: None) -> OwnApp:
    return signed_in(someone().user)


class TestTrace:
    def test_of_a_payment_shows_the_practices_in_order(self, db: None) -> None:
        person, other = someone(), someone()
        account, shop, app = person.account("10.00"), other.account(), signed_in(person.user)
        request_id = an_id()
        body = {
            "debtor_account": account.id, "creditor_account": shop.id,
            "amount": {"amount": "1.00", "currency": "GBP"}, "reference": "bread",
        }  # fmt: skip
        headers = {"X-Request-ID": request_id, "Idempotency-Key": uuid4().hex}
        paid = app.client.call("POST", "/v1/payments", app.token, body, headers)
        assert paid.status == 201, paid.text
        trace = traced(app, request_id)
        assert (trace["method"], trace["route"], trace["status"]) == ("POST", "/v1/payments", 201)
        order = list(dict.fromkeys(step["practice"] for step in trace["steps"]))
        assert order == [3, 8, 1, 2, 4, 5, 9, 6, 13]
        assert [each["practice"] for each in trace["not_at_work"]] == [7, 10, 11, 12]
        assert all(step["outcome"] == "passed" for step in trace["steps"])
        assert all(0 <= step["milliseconds"] <= trace["milliseconds"] for step in trace["steps"])

    def test_shows_who_refused_and_why_in_one_word(self, app: OwnApp) -> None:
        request_id = an_id()
        refused = app.client.call("GET", "/v1/audit/events", app.token, None, {"X-Request-ID": request_id})
        assert refused.status == 403
        outcomes = {step["practice"]: step["outcome"] for step in traced(app, request_id)["steps"]}
        assert (outcomes[1], outcomes[2]) == ("passed", "refused: insufficient_scope")

    def test_leads_to_the_code(self, app: OwnApp) -> None:
        request_id = an_id()
        app.get("/accounts", **{"X-Request-ID": request_id})
        for step in traced(app, request_id)["steps"]:
            path, _, line = step["code"].partition(":")
            lines = (ROOT / path).read_text().splitlines()
            assert re.search(r"@.*acts\(|def ", " ".join(lines[int(line) - 1 : int(line) + 2])), step

    def test_says_nothing_anybody_wrote(self, db: None) -> None:
        person = someone()
        account, app, request_id = person.account("10.00"), signed_in(person.user), an_id()
        app.get(f"/accounts/{account.id}/transactions?q=secret", **{"X-Request-ID": request_id})
        said = json.dumps(traced(app, request_id))
        written = ("secret", account.id, person.user.id, person.user.username)
        assert not [word for word in written if word in said]

    def test_of_somebody_else_is_not_there(self, app: OwnApp) -> None:
        request_id = an_id()
        app.get("/accounts", **{"X-Request-ID": request_id})
        stranger = signed_in(someone().user)
        refused = stranger.get(f"/sandbox/traces/{request_id}")
        unknown = stranger.get(f"/sandbox/traces/{an_id()}")
        assert (refused.status, unknown.status) == (404, 404)
        assert refused.json["code"] == unknown.json["code"] == "not_found"

    def test_is_kept_ten_minutes(self, app: OwnApp) -> None:
        from django_redis import get_redis_connection

        request_id = an_id()
        app.get("/accounts", **{"X-Request-ID": request_id})
        (key,) = get_redis_connection("default").keys(f"trace:{request_id}:*")
        assert 0 < get_redis_connection("default").ttl(key) <= 600

    def test_is_there_for_services_too(self, db: None) -> None:
        service, request_id = Service(), an_id()
        service.get("clock", **{"x-request-id": request_id})
        assert service.get(f"traces/{request_id}").json()["route"] == "/v1/sandbox/clock"


class TestActs:
    def test_leaves_a_function_alone_where_there_is_no_glass_box(self) -> None:
        def check() -> None: ...

        with override_settings(GLASS_BOX=False):
            assert glass_box.acts(1, "checked")(check) is check

    def test_sums_up_what_happens_often(self) -> None:
        @glass_box.acts(12, "sealed")
        def seal() -> None: ...

        enter(RequestContext(steps={}))
        try:
            for _ in range(1000):
                seal()
            (step,) = (current().steps or {}).values()
        finally:
            leave()
        assert (step.times, step.outcome) == (1000, "passed")

    def test_never_repeats_what_an_error_says(self) -> None:
        assert glass_box.word_of(Refusal("4929 0000 0000 0000")) == "Refusal"


class TestPractices:
    def test_are_those_of_the_page(self) -> None:
        page = (ROOT / "docs/practices.md").read_text()
        rows = re.findall(r"^\| (\d+) \| ([^|]+) \|", page, re.MULTILINE)
        assert {int(number): name.strip() for number, name in rows} == glass_box.PRACTICES
