"""Payments to other banks over HTTP: what an app is answered, what staff see, which names do what."""

import re
from typing import Any

import pytest
from django.test import Client

from bank.access import roles
from bank.observability import metrics
from deploy.local.state import PROJECT
from oauth.models import User
from payments import tiles
from payments.models import Payment, RailTransfer
from payments.operations import drive
from payments.queries.rails import ask_the_rail_for_a_name
from payments.rails import rail as the_rail
from railsim import control, outcomes
from tests.pages.conftest import Browser, Person, browser, cheap_hashing, make_person
from tests.payments.rails.outgoing import BY, Outgoing, due
from tests.support.customers import Someone, someone
from tests.support.own_app import OwnApp, signed_in
from tests.support.rail import IBAN, IMPATIENT_SECONDS, RunningRail

__all__ = ["browser", "cheap_hashing"]
PAGE = (PROJECT / "docs/how-to/pay-outside.md").read_text()
UNSEEN = ("Review",)  # settles in its own time


def ask(person: Someone, **changes: Any) -> dict[str, Any]:
    account = person.account("10.00")
    amount = {"amount": "4.00", "currency": "GBP"}
    creditor = {"name": "Payee Ok", "iban": IBAN}
    return {"debtor_account": account.id, "creditor": creditor, "amount": amount, **changes}


def break_it() -> None:
    """Let the breaker open, by failures somebody else has seen."""
    for _ in range(5):
        with pytest.raises(ValueError, match="bad"), the_rail.BREAKER.guarding(ValueError):
            raise ValueError("bad")


@pytest.fixture
def person(rail: RunningRail) -> Someone:
    return someone()


@pytest.fixture
def app(person: Someone) -> OwnApp:
    return signed_in(person.user)


class TestPaying:
    def test_is_answered_at_once_and_ends_later(
        self, rail: RunningRail, app: OwnApp, person: Someone
    ) -> None:
        answer = app.post("/payments", ask(person))
        assert (answer.status, answer.json["kind"], answer.json["status"]) == (201, "external", "ACSP")
        assert answer.json["creditor"] == {"name": "Payee Ok", "iban": IBAN}
        payment_id = answer.json["id"]

        def now() -> str:
            due(payment_id)
            drive(by=BY)
            return str(app.get(f"/payments/{payment_id}").json["status"])

        assert [now() for _ in range(20)][-1] == "ACCC"

    def test_while_the_breaker_is_open_answers_503_and_books_nothing(
        self, app: OwnApp, person: Someone
    ) -> None:
        break_it()
        body = ask(person)
        refused = app.post("/payments", body, key="k1")
        assert (refused.status, refused.json["code"]) == (503, "rail_down")
        assert int(refused.headers["Retry-After"]) >= 1
        assert not Payment.objects.filter(debtor_account=body["debtor_account"]).exists()
        the_rail.BREAKER.reset()
        assert app.post("/payments", body, key="k1").status == 201  # the key was not used up

    @pytest.mark.parametrize("iban", ["GB33BUKB20201555555556", "B", "", "GB33 BUKB 2020 1555 5555 56"])
    def test_refuses_a_number_that_is_none(self, app: OwnApp, person: Someone, iban: str) -> None:
        answer = app.post("/payments", ask(person, creditor={"name": "A", "iban": iban}))
        assert (answer.status, answer.json["errors"][0]["pointer"]) == (400, "/creditor/iban")

    def test_a_refused_one_says_why(self, app: OwnApp, person: Someone) -> None:
        answer = app.post("/payments", ask(person, amount={"amount": "10.01", "currency": "GBP"}))
        assert (answer.status, answer.json["reason_code"]) == (422, "AM04")


class TestCancelling:
    def test_at_once_while_it_has_not_left(self, app: OwnApp, person: Someone) -> None:
        made = app.post("/payments", ask(person)).json["id"]
        answer = app.post(f"/payments/{made}/cancel")
        assert (answer.status, answer.json["status"]) == (200, "CANC")
        again = app.post(f"/payments/{made}/cancel")
        assert (again.status, again.json["code"]) == (409, "payment_over")

    def test_is_asked_for_when_it_has(self, app: OwnApp, person: Someone) -> None:
        made = app.post("/payments", ask(person, creditor={"name": "Pending", "iban": IBAN})).json["id"]
        due(made)
        drive(by=BY)
        assert app.post(f"/payments/{made}/cancel").status == 202
        drive(by=BY)
        assert app.get(f"/payments/{made}").json["status"] == "CANC"

    def test_of_somebody_elses_is_not_found(self, app: OwnApp) -> None:
        assert app.post(f"/payments/{Outgoing().id}/cancel").status == 404


class TestStaff:
    def test_see_the_breaker_and_what_waits(self, rail: RunningRail) -> None:
        Outgoing()
        auditor = signed_in(User.objects.create_user("rail-auditor", roles=[roles.AUDITOR]))
        (shown,) = auditor.get("/rails").json["data"]
        assert (shown["connected"], shown["breaker"], shown["queued"]) == (True, "closed", 1)
        break_it()
        (shown,) = auditor.get("/rails").json["data"]
        assert (shown["breaker"], shown["failures"]) == ("open", 5)

    def test_alone_see_it(self, app: OwnApp) -> None:
        assert app.get("/rails").status == 403

    def test_scrape_it(self, rail: RunningRail) -> None:
        break_it()
        said = metrics.exposition().decode()
        assert "bank_rail_breaker_open 1.0" in said
        assert re.search(r"^bank_rail_unknown \d", said, re.MULTILINE)


class TestTiles:
    def test_say_whether_calls_get_through(self, rail: RunningRail, browser: Browser) -> None:
        shown = tiles.breaker(None)
        assert (shown.value, shown.state) == ("closed", "good")
        break_it()
        shown = tiles.breaker(None)
        assert (shown.value, shown.state) == ("open", "bad")
        browser.sign_in(make_person(roles.SUPPORT, totp=True))
        page = browser.get("/admin/").content.decode()
        assert f'<a href="{shown.url}"><span class="label">Breaker of the rail</span> <strong>open' in page
        assert browser.get(shown.url).status_code == 200

    def test_count_what_nobody_knows(self, rail: RunningRail) -> None:
        before = int(tiles.unknown(None).value)
        out = Outgoing()
        RailTransfer.objects.filter(payment_id=out.id).update(state="UNKNOWN")
        now = tiles.unknown(None)
        assert (int(now.value) - before, now.state) == (1, "warn")


class TestPages:
    def test_of_staff_show_the_rail_above_its_payments(self, rail: RunningRail, browser: Browser) -> None:
        out = Outgoing()
        staff: Person = make_person(roles.SUPPORT, totp=True)
        browser.sign_in(staff)
        shown = browser.get("/admin/payments/railtransfer/").content.decode()
        assert "How the rail does now" in shown
        assert out.id in shown
        assert "Otto" not in browser.get("/admin/payments/incomingpayment/").content.decode()

    def test_of_the_customer_say_how_it_stands(self, rail: RunningRail, client: Client) -> None:
        out = Outgoing("Reject")
        client.force_login(out.payer.user)
        assert "the money is set aside" in client.get(f"/account/payments/{out.id}/").content.decode()
        out.drive()
        assert "rejected the payment" in client.get(f"/account/payments/{out.id}/").content.decode()


def rows(heading: str) -> list[list[str]]:
    """The cells of the table below a heading of the page."""
    table = PAGE.partition(heading)[2].partition("\n## ")[0]
    lines = [line for line in table.splitlines() if line.startswith("| ")][2:]
    return [[cell.strip().strip("`") for cell in line.strip("|").split("|")] for line in lines]


class TestNamesThatChoose:
    def test_are_those_of_the_page(self) -> None:
        assert [row[0].casefold() for row in rows("## Names that choose")] == list(outcomes.BY_NAME)

    @pytest.mark.parametrize("row", rows("## Names that choose"), ids=lambda row: row[0])
    def test_do_what_the_page_says(self, rail: RunningRail, row: list[str], settings: Any) -> None:
        name, happens, check = row
        settings.RAIL_READ_SECONDS = IMPATIENT_SECONDS if name == "Timeout" else settings.RAIL_READ_SECONDS
        assert ask_the_rail_for_a_name(IBAN, name).result == {"MATC": "match", "NMTC": "no_match"}[check]
        out = Outgoing(name)
        out.drive()
        ends = {"Timeout": "unknown", "Review": "PDNG", "Pending": "ACSP"}
        first = "unknown" if out.state == "UNKNOWN" else out.status
        assert first == ends.get(name, first)
        if name not in ("Pending", *UNSEEN):
            out.drive_until("RJCT" if happens.startswith("RJCT") else "ACCC")
        assert not out.payment.reason_code or out.payment.reason_code in happens

    def test_a_name_that_is_nearly_right_gets_the_right_one(self, rail: RunningRail) -> None:
        found = ask_the_rail_for_a_name(IBAN, "Paye Ok")
        assert (found.result, found.name) == ("close_match", "Payee Ok")

    def test_nobody_to_ask_is_not_available(self, rail: RunningRail) -> None:
        rail.kill()
        assert ask_the_rail_for_a_name(IBAN, "Payee Ok").result == "not_available"

    def test_the_faults_of_the_page_are_those_of_the_control_door(self) -> None:
        named = {name for row in rows("## Tell the rail to fail") for name in re.findall(r"\w+", row[0])}
        assert named == set(control.FAULTS)
