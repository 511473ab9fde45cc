"""Payments and accounts over the real doors: token, proof, consent, idempotency, strict input."""

import datetime as dt
import json
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Account
from audit.actor import system
from bank.access.permissions import app_scopes
from bank.public_ids import new
from oauth.models import Consent
from oauth.operations import register_client, revoke_consent
from oauth.sign_in import ONE_FACTOR, TWO_FACTORS
from payments.models import Payment
from tests.oauth.threads import all_at_once
from tests.support.customers import Someone, someone
from tests.support.fapi_client import DjangoTransport, FapiClient, Person, Reply, new_key
from tests.support.signed_in import CODE, PASSWORD, prove

SCOPE = " ".join(["openid", *app_scopes()])


@dataclass
class Connected:
    """A customer, two accounts, and an app that was given the first."""

    person: Someone
    shared: Account
    hidden: Account
    client: FapiClient
    token: str

    def get(self, path: str) -> Reply:
        return self.client.call("GET", f"/v1{path}", self.token)

    def pay(self, amount: str = "1.00", /, *, key: str | None = None, **changes: Any) -> Reply:
        body = {
            "debtor_account": self.shared.id,
            "creditor_account": self.hidden.id,
            "amount": {"amount": amount, "currency": "GBP"},
            **changes,
        }
        headers = {"Idempotency-Key": uuid4().hex if key is None else key}
        return self.client.call("POST", "/v1/payments", self.token, body, headers)


def connect(person: Someone, shared: Account, *, first_party: bool = False) -> tuple[FapiClient, str]:
    key = new_key()
    registered = register_client(
        name="Piggy",
        redirect_uris=["https://piggy.example/callback"],
        scope=SCOPE,
        jwks={"keys": [key.as_dict(private=False)]},
        first_party=first_party,
        by=system("tests"),
    )
    transport = DjangoTransport(settings.PUBLIC_ORIGIN)
    client = FapiClient(transport, registered.client_id, key, "https://piggy.example/callback")
    browser = Person(DjangoTransport(settings.PUBLIC_ORIGIN))
    prove(browser.transport.browser, person.user, PASSWORD, CODE)  # type: ignore[attr-defined]
    url = client.authorize_url(client.push(scope=SCOPE).json["request_uri"])
    answered = browser.open(url) if first_party else browser.decide(url, accounts=[shared.id])
    redeemed = client.redeem(answered.answer["code"])
    assert redeemed.status == 200, redeemed.text
    return client, redeemed.json["access_token"]


def connected() -> Connected:
    person = someone()
    shared, hidden = person.account("100.00", name="Shared"), person.account(name="Hidden")
    return Connected(person, shared, hidden, *connect(person, shared))


def denials(superuser_url: str, account_id: str) -> list[tuple[str, str]]:
    """Return outcome and reason of the recorded attempts on an account."""
    with psycopg.connect(superuser_url) as connection:
        bodies = connection.execute("SELECT body FROM audit.outbox ORDER BY event_id").fetchall()
    events = [json.loads(body) for (body,) in bodies]
    return [
        (event["outcome"], event["reason"])
        for event in events
        if (event["kind"], event["target"]["id"]) == ("payment.denied", account_id)
    ]


@pytest.fixture
def app(db: None) -> Connected:
    return connected()


@pytest.fixture
def real_app(real_db: None) -> Connected:
    return connected()


class TestPaying:
    def test_answers_201_with_the_payment_and_its_event(self, real_app: Connected) -> None:
        answered = real_app.pay("10.00", reference="rent")
        assert answered.status == 201
        assert answered.json["status"] == "ACCC"
        assert answered.json["amount"] == {"amount": "10.00", "currency": "GBP"}
        assert answered.headers["Audit-Event-Id"]
        assert answered.headers["Location"] == f"/v1/payments/{answered.json['id']}"
        assert real_app.get(f"/payments/{answered.json['id']}").json == answered.json

    def test_answers_422_with_the_reason_and_keeps_the_payment(self, app: Connected) -> None:
        refused = app.pay("100.01")
        assert refused.status == 422
        assert refused.headers["Content-Type"] == "application/problem+json"
        assert (refused.json["code"], refused.json["reason_code"]) == ("insufficient_funds", "AM04")
        assert Payment.objects.get(debtor_account=app.shared).status == "RJCT"

    def test_repeats_its_answer_for_the_same_key(self, app: Connected) -> None:
        first, again = app.pay(key="k1"), app.pay(key="k1")
        assert (again.status, again.json) == (first.status, first.json)
        assert again.headers["Idempotency-Replayed"] == "true"
        assert app.pay("2.00", key="k1").status == 422
        assert Payment.objects.filter(debtor_account=app.shared).count() == 1

    def test_repeats_a_refusal_too(self, app: Connected) -> None:
        first, again = app.pay("1000.00", key="k2"), app.pay("1000.00", key="k2")
        assert (first.status, again.status) == (422, 422)
        assert Payment.objects.filter(debtor_account=app.shared).count() == 1

    def test_twenty_equal_keys_at_once_pay_once(self, real_app: Connected) -> None:
        statuses = [reply.status for reply in all_at_once(20, lambda: real_app.pay("10.00", key="same"))]
        assert set(statuses) <= {201, 409}
        assert statuses.count(201) >= 1
        assert Account.objects.get(id=real_app.shared.id).booked == 9_000

    def test_needs_a_key(self, app: Connected) -> None:
        assert app.pay(key="").status == 400

    @pytest.mark.parametrize(
        "changes",
        [
            {"amount": {"amount": "1.001", "currency": "GBP"}},
            {"amount": {"amount": 1, "currency": "GBP"}},
            {"amount": {"amount": "1e2", "currency": "GBP"}},
            {"amount": {"amount": "-1", "currency": "GBP"}},
            {"amount": {"amount": "1", "currency": "XXX"}},
            {"amount": "1.00"},
            {"creditor_account": None},
            {"creditor_account": "acc_nonsense"},
            {"debtor_account": 7},
            {"creditor": {"name": "A", "iban": "B"}},
            {"reference": "x" * 141},
            {"reference": "a\u202eb"},
            {"status": "ACCC"},
        ],
    )
    def test_refuses_what_is_not_an_order_with_a_pointer(
        self, app: Connected, changes: dict[str, Any]
    ) -> None:
        refused = app.pay(**changes)
        assert refused.status == 400, refused.text
        assert Account.objects.get(id=app.shared.id).booked == 10_000

    def test_from_an_account_not_shared_is_not_found(self, app: Connected) -> None:
        assert app.pay(debtor_account=app.hidden.id, creditor_account=app.shared.id).status == 404

    def test_leaves_a_trace_of_an_attempt_on_what_is_not_shared(
        self, real_app: Connected, superuser_url: str
    ) -> None:
        assert real_app.pay(debtor_account=real_app.hidden.id, key="denied").status == 404
        assert denials(superuser_url, real_app.hidden.id) == [("denied", "account_not_found")]
        assert not Payment.objects.filter(debtor_account=real_app.hidden).exists()

    def test_is_not_answered_when_a_denial_cannot_be_recorded(
        self, real_app: Connected, superuser_url: str
    ) -> None:
        with psycopg.connect(superuser_url, autocommit=True) as superuser:
            superuser.execute("REVOKE INSERT ON audit.outbox FROM bank_app")
            try:
                assert real_app.pay(debtor_account=real_app.hidden.id).status == 503
            finally:
                superuser.execute("GRANT INSERT ON audit.outbox TO bank_app")

    def test_takes_ten_round_trips_at_most(self, real_app: Connected) -> None:
        with CaptureQueriesContext(connection) as captured:
            assert real_app.pay().status == 201
        trips = [query["sql"] for query in captured]
        assert len(trips) <= 10, trips


class TestReading:
    def test_shows_the_app_what_was_shared(self, app: Connected) -> None:
        listed = app.get("/accounts").json
        assert [account["id"] for account in listed["data"]] == [app.shared.id]
        assert (listed["has_more"], listed["next_cursor"]) == (False, None)

    def test_says_balances_booked_and_available(self, app: Connected) -> None:
        balances = app.get(f"/accounts/{app.shared.id}/balances").json["data"]
        money = {"amount": "100.00", "currency": "GBP"}
        assert balances == [{"kind": "booked", "amount": money}, {"kind": "available", "amount": money}]

    def test_says_a_balance_of_the_past(self, app: Connected) -> None:
        past = app.get(f"/accounts/{app.shared.id}/balances?at=2001-01-01T00:00:00Z").json
        assert past.get("data") == [{"kind": "booked", "amount": {"amount": "0.00", "currency": "GBP"}}]

    @pytest.mark.parametrize("at", ["yesterday", "2026-01-01", "2026-01-01T00:00:00", "9999-99-99T00:00:00Z"])
    def test_refuses_a_moment_that_is_none(self, app: Connected, at: str) -> None:
        assert app.get(f"/accounts/{app.shared.id}/balances?at={at}").status == 400

    def test_pages_transactions(self, app: Connected) -> None:
        for _ in range(4):
            assert app.pay().status == 201
        first = app.get(f"/accounts/{app.shared.id}/transactions?limit=3").json
        rest = app.get(f"/accounts/{app.shared.id}/transactions?limit=3&cursor={first['next_cursor']}").json
        assert [row["seq"] for row in first["data"] + rest["data"]] == [5, 4, 3, 2, 1]
        assert rest["has_more"] is False

    def test_filters_transactions_as_asked(self, app: Connected) -> None:
        assert app.pay("2.00", reference="Rent for May").status == 201
        assert app.pay("3.00", reference="gift").status == 201

        def amounts(query: str) -> list[str]:
            reply = app.get(f"/accounts/{app.shared.id}/transactions?{query}")
            assert reply.status == 200, reply.text
            return [row["amount"]["amount"] for row in reply.json["data"]]

        newest = app.get(f"/accounts/{app.shared.id}/transactions?limit=1").json["data"][0]["booked_at"]
        today = newest[:10]
        yesterday = (dt.date.fromisoformat(today) - dt.timedelta(days=1)).isoformat()
        assert amounts("min=2&max=2.00") == ["2.00"]
        assert amounts("direction=CRDT") == ["100.00"]
        assert amounts("direction=DBIT&q=rent") == ["2.00"]
        assert amounts(f"from={yesterday}&to={today}") == ["3.00", "2.00", "100.00"]
        assert amounts(f"from={newest}") == ["3.00"]
        assert amounts(f"to={newest}") == ["2.00", "100.00"]
        assert amounts("to=2001-01-01") == []
        assert amounts("status=PDNG") == []
        assert amounts("status=BOOK") == ["3.00", "2.00", "100.00"]

    @pytest.mark.parametrize(
        "query",
        ["limit=0", "limit=101", "limit=x", "limit=1&limit=2", "cursor=x", "min=abc", "max=1.001", "from=x",
         "direction=UP", "a=1", "q=%00"],
    )  # fmt: skip
    def test_refuses_a_query_it_does_not_know(self, app: Connected, query: str) -> None:
        assert app.get(f"/accounts/{app.shared.id}/transactions?{query}").status == 400

    def test_answers_the_same_for_somebody_elses_and_for_nothing(self, app: Connected) -> None:
        theirs = someone().account("1.00")
        for path in ("", "/balances", "/transactions"):
            bodies = []
            for account_id in (theirs.id, app.hidden.id, new("acc")):
                reply = app.get(f"/accounts/{account_id}{path}")
                assert reply.status == 404
                bodies.append(reply.text.replace(account_id, "").replace(reply.json["request_id"], ""))
            assert len(set(bodies)) == 1

    @pytest.mark.parametrize("path", ["/me", "/accounts", "/accounts/{}", "/accounts/{}/balances",
                                      "/accounts/{}/transactions", "/payments"])  # fmt: skip
    def test_takes_three_queries_at_most(self, app: Connected, path: str) -> None:
        with CaptureQueriesContext(connection) as captured:
            reply = app.get(path.format(app.shared.id))
        assert reply.status == 200, reply.text
        queries = [q["sql"] for q in captured if not q["sql"].startswith(("SAVEPOINT", "RELEASE"))]
        assert len(queries) <= 3, queries

    def test_shows_who_one_is(self, app: Connected) -> None:
        me = app.get("/me").json
        assert (me["id"], me["given_name"]) == (app.person.customer_id, "Test")

    def test_tells_an_app_name_and_contact_only(self, app: Connected) -> None:
        me = app.get("/me").json
        assert me["email"]
        assert me["address"]
        assert (me["birth_date"], me["kyc_status"]) == (None, None)


class TestStopping:
    def test_ends_everything_at_once(self, app: Connected) -> None:
        consent = Consent.objects.get(user=app.person.user)
        revoke_consent(consent.id, by=app.person.actor)
        assert app.get("/accounts").status == 401
        assert app.pay().status == 401

    def test_in_the_middle_of_paging_ends_the_next_page(self, app: Connected) -> None:
        for _ in range(3):
            app.pay()
        first = app.get(f"/accounts/{app.shared.id}/transactions?limit=2").json
        revoke_consent(Consent.objects.get(user=app.person.user).id, by=app.person.actor)
        path = f"/accounts/{app.shared.id}/transactions?limit=2&cursor={first['next_cursor']}"
        assert app.get(path).status == 401


class TestTheBanksOwnApp:
    def test_acts_with_everything_the_customer_has(self, db: None) -> None:
        person = someone()
        one, two = person.account("5.00"), person.account()
        client, token = connect(person, one, first_party=True)
        own = Connected(person, two, one, client, token)
        assert len(own.get("/accounts").json["data"]) == 2
        assert own.get("/me").json["birth_date"] == "1990-01-01"
        assert own.pay(debtor_account=one.id, creditor_account=two.id).status == 201

    def test_has_to_ask_for_a_second_factor_before_it_pays(self, real_db: None) -> None:
        person = someone()
        one, two = person.account("5.00"), person.account()
        client, token = connect(person, one, first_party=True)
        own = Connected(person, one, two, client, token)
        Consent.objects.filter(user=person.user).update(acr=ONE_FACTOR)
        refused = own.pay()
        assert (refused.status, refused.json["code"]) == (401, "insufficient_user_authentication")
        assert f'acr_values="{TWO_FACTORS}"' in refused.headers["WWW-Authenticate"]
        assert not Payment.objects.filter(debtor_account=one).exists()
