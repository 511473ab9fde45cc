"""Both books of a day made equal, and what differs shown; of the rail's own news nothing was heard."""

import datetime as dt
import json
import sqlite3
from contextlib import suppress

import psycopg
import pytest
from django.core.management import CommandError, call_command

from audit.actor import Actor
from bank.database import asking
from payments.management.commands import reconcile_rail
from payments.models import IncomingPayment, Payment
from payments.operations import driving, hearing, reconcile
from payments.operations.rail_news import learn
from payments.rails import rail as the_rail
from payments.rails.wire import Answer, RailSilent
from payments.rules.rail_life import News
from railsim import control
from railsim.book import Book
from railsim.rail import PAGE, bring_in
from tests.payments.rails.outgoing import BY, Outgoing, books_differ
from tests.support.customers import someone
from tests.support.rail import IBAN, RunningRail, until


def today() -> dt.date:
    return dt.datetime.now(dt.UTC).date()


class TestReconcile:
    def test_takes_in_everything_that_was_missed(self, rail: RunningRail) -> None:
        payee = someone().account()
        settled, returned, unknown = Outgoing("Pending"), Outgoing("Pending"), Outgoing()
        for out in (settled, returned):
            out.drive()
            rail.control("POST", f"/transfers/{out.id}/settle")
        rail.control("POST", f"/transfers/{returned.id}/return")
        rail.fault("drop")
        unknown.drive()
        until(lambda: rail.settled(unknown.id), "the rail has settled what the bank does not know of")
        number = arrives(rail, str(payee.iban))
        lost = arrives(rail, IBAN)
        outcome = reconcile(today(), by=BY)
        assert outcome.is_equal
        assert (settled.money, returned.money, unknown.money) == ((600, 0), (1000, 0), (600, 0))
        assert IncomingPayment.objects.get(rail_id=number).status == "ACCC"
        assert (rail.transfer(lost) or {})["status"] == "RTND"
        assert books_differ(rail) == []

    def test_of_a_line_that_cannot_be_taken_in_compares_all_others(
        self, rail: RunningRail, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        failing, other = Outgoing("Pending"), Outgoing("Pending")
        for out in (failing, other):
            out.drive()
            rail.control("POST", f"/transfers/{out.id}/settle")

        def refused(payment_id: str, news: News, *, by: Actor) -> Payment | None:
            if payment_id == failing.id:
                asking.execute("SELECT 1 / 0")
            return learn(payment_id, news, by=by)

        for module in (driving, hearing):
            monkeypatch.setattr(module, "learn", refused)
        assert reconcile(today(), by=BY).differences == {(failing.id, False, "GBP"): (None, -400)}
        assert other.money == (600, 0)
        monkeypatch.undo()
        assert reconcile(today(), by=BY).is_equal

    def test_again_changes_nothing(self, rail: RunningRail) -> None:
        out = Outgoing()
        out.drive_until("ACCC")
        before = reconcile(today(), by=BY), Payment.objects.get(id=out.id).version
        assert (reconcile(today(), by=BY), Payment.objects.get(id=out.id).version) == before

    def test_shows_what_the_rail_does_not_have(self, rail: RunningRail, superuser_url: str) -> None:
        out = Outgoing()
        out.drive_until("ACCC")
        with sqlite3.connect(rail.folder / "rail" / "book.sqlite") as file:
            file.execute("DELETE FROM entry WHERE tx_id = ?", [out.id])
        outcome = reconcile(today(), by=BY)
        assert outcome.differences == {(out.id, False, "GBP"): (-400, None)}
        assert differences_about(superuser_url, out.id) == ["books_differ"]
        assert out.money == (600, 0)

    def test_shows_another_amount(self, rail: RunningRail) -> None:
        out = Outgoing()
        out.drive_until("ACCC")
        with sqlite3.connect(rail.folder / "rail" / "book.sqlite") as file:
            file.execute("UPDATE entry SET amount = '4.01' WHERE tx_id = ?", [out.id])
        assert reconcile(today(), by=BY).differences == {(out.id, False, "GBP"): (-400, -401)}

    def test_reads_a_book_of_many_pages(self, rail: RunningRail) -> None:
        payee, lines = someone().account(), PAGE + 5
        arriving = control._arriving({"iban": payee.iban, "amount": "0.01", "currency": "GBP"})
        with Book(rail.folder / "rail" / "book.sqlite").alone() as page:
            for number in range(lines):
                tx_id = f"in-{number}-{payee.id[-20:]}"
                bring_in(page, {**arriving, "PmtId": {"TxId": tx_id, "EndToEndId": ""}})
        assert reconcile(today(), by=BY).is_equal
        payee.refresh_from_db()
        assert payee.booked == lines


class TestAnAnswer:
    @pytest.mark.parametrize(
        "said",
        [Answer(400, {"error": "no message this rail knows"}), Answer(200, {}), Answer(200, {"error": 1})],
    )
    def test_that_is_no_book_is_none(self, said: Answer) -> None:
        with pytest.raises(RailSilent, match="no camt"):
            the_rail._report_in(said)


class TestTheCommand:
    def test_says_that_both_are_equal(self, rail: RunningRail, capsys: pytest.CaptureFixture[str]) -> None:
        Outgoing().drive_until("ACCC")
        call_command("reconcile_rail")
        assert " 0 differences" in capsys.readouterr().out

    def test_exits_with_1_where_they_differ(self, rail: RunningRail) -> None:
        out = Outgoing()
        out.drive_until("ACCC")
        with sqlite3.connect(rail.folder / "rail" / "book.sqlite") as file:
            file.execute("DELETE FROM entry WHERE tx_id = ?", [out.id])
        with pytest.raises(SystemExit) as ended:
            call_command("reconcile_rail")
        assert ended.value.code == 1

    def test_asks_the_rail_though_the_breaker_is_open(
        self, rail: RunningRail, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(reconcile_rail, "PATIENCE_SECONDS", 1.0)  # the breaker's own wait is longer
        out = Outgoing()
        rail.fault("drop")
        out.drive()
        until(lambda: rail.settled(out.id), "the rail has settled what the bank does not know of")
        open_for_long()
        call_command("reconcile_rail")
        assert " 0 differences" in capsys.readouterr().out
        assert out.status == "ACCC"

    def test_says_so_when_the_rail_is_silent(self, rail: RunningRail) -> None:
        rail.kill()
        with pytest.raises(CommandError, match="does not answer"):
            call_command("reconcile_rail")


def open_for_long() -> None:
    """Open the breaker and double its wait, as after a rail that was down."""
    for _ in range(8):
        with suppress(ValueError), the_rail.BREAKER.guarding(ValueError):
            raise ValueError
        the_rail.end_wait()
    with suppress(ValueError), the_rail.BREAKER.guarding(ValueError):
        raise ValueError
    assert the_rail.reading().state == "open"


def arrives(rail: RunningRail, iban: str) -> str:
    told = {"iban": iban, "amount": "2.50", "currency": "GBP"}
    return str(rail.control("POST", "/inbound", told)["id"])


def differences_about(superuser_url: str, payment_id: str) -> list[str]:
    """The reasons of the differences recorded about a payment."""
    with psycopg.connect(superuser_url) as connection:
        rows = connection.execute("SELECT body FROM audit.outbox").fetchall()
    events = [json.loads(bytes(body)) for (body,) in rows if payment_id.encode() in bytes(body)]
    return [event["reason"] for event in events if event["kind"] == "rail.difference_found"]
