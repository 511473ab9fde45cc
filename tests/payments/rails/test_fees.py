"""Fees of payments to other banks: set aside with the money, taken with it, given back with it."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import psycopg
import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.account_numbers import iban_of
from accounts.errors import AccountBlocked
from accounts.models import Account, Entry
from accounts.money import Money
from accounts.operations import NewPosting, let_go, post_entries, set_aside
from accounts.queries import get_internal_account, get_settlement_account
from bank import clock
from bank.public_ids import uuid7
from payments.authorization_details.payment import PaymentInitiation
from payments.operations import cancel_payment, drive, hear, make_payment, outside, rail_news, reconcile
from payments.operations.arrivals import take_back
from payments.operations.fees import fee_posting
from payments.operations.rail_news import learn
from payments.queries.terms import fee_taken
from payments.rails.messages import Returned
from payments.rules import Outside, PaymentOrder
from payments.rules.rail_life import KNOWN_STATUSES, News
from payments.rules.terms import Fee, fee_of
from tests.oauth.threads import all_at_once
from tests.payments.rails.outgoing import BY, Outgoing, books_differ, due
from tests.payments.test_send_money import Payer, cheap_hashing
from tests.support.customers import Someone, someone
from tests.support.examples import examples
from tests.support.own_app import signed_in
from tests.support.rail import IBAN, RunningRail, until
from tests.support.staff import agreed, restricted

__all__ = ["cheap_hashing"]  # a fixture
LINE = Fee(30, 125, 0, None)  # 0.30 and one and a quarter per cent: 0.35 for 4.00
NONE = Fee(0, 0, 0, None)


def pounds(minor: int) -> Money:
    return Money(minor, "GBP")


def set_fee(line: Fee = LINE, currency: str = "GBP") -> None:
    agreed("fee.set", f"external-{currency}", **line._asdict())


def fees_of_the_bank(currency: str = "GBP") -> int:
    return Account.objects.get(id=get_internal_account("fees", currency)).booked


@pytest.fixture
def before(rail_beside_db: RunningRail) -> int:
    """What the bank had of fees before; from now on payments to other banks cost something."""
    set_fee()
    return fees_of_the_bank()


class TestAFee:
    def test_is_set_aside_with_the_money_and_taken_by_nobody_yet(self, before: int) -> None:
        out = Outgoing("Pending")
        out.drive()
        assert (out.status, out.payment.fee, out.money) == ("ACSP", 35, (1000, 435))
        assert fees_of_the_bank() == before
        said = signed_in(out.payer.user).get(f"/payments/{out.id}").json
        assert said["fee"] == {"amount": "0.35", "currency": "GBP"}

    def test_is_taken_when_the_money_has_left_as_a_posting_of_its_own(self, before: int) -> None:
        out = Outgoing()
        out.drive_until("ACCC")
        assert (out.money, fees_of_the_bank() - before) == ((565, 0), 35)
        assert (out.hold.status, out.hold.captured) == ("CAPTURED", 400)
        debits = Entry.objects.filter(account=out.account, direction="DBIT").order_by("seq")
        assert [(entry.posting.kind, entry.amount) for entry in debits] == [("withdrawal", 400), ("fee", 35)]
        assert debits[0].id == out.hold.id
        assert reconcile(out.payment.transfer.settled_on, by=BY).is_equal

    @pytest.mark.parametrize("name", ["Reject", "Name Mismatch"])
    def test_is_given_back_when_the_rail_rejects(self, before: int, name: str) -> None:
        out = Outgoing(name)
        out.drive_until("RJCT")
        assert (out.money, fees_of_the_bank()) == ((1000, 0), before)
        assert fee_taken(out.payment) is None
        assert signed_in(out.payer.user).get(f"/payments/{out.id}").json["fee"] is None

    def test_is_given_back_when_the_payment_is_cancelled(self, before: int) -> None:
        out = Outgoing()
        cancel_payment(out.id, by=out.payer.actor)
        assert (out.status, out.money, fees_of_the_bank()) == ("CANC", (1000, 0), before)

    def test_is_kept_when_the_money_comes_back_later(self, rail_beside_db: RunningRail, before: int) -> None:
        out = Outgoing()
        out.drive_until("ACCC")
        rail_beside_db.control("POST", f"/transfers/{out.id}/return")
        reconcile(out.payment.transfer.settled_on, by=BY)
        assert (out.money, fees_of_the_bank() - before) == ((965, 0), 35)

    def test_that_is_not_covered_refuses_the_payment(self, before: int) -> None:
        refused, fits = Outgoing(amount="9.60"), Outgoing(amount="9.58")
        assert (refused.status, refused.payment.reason_code, refused.payment.fee) == ("RJCT", "AM04", 0)
        assert (fits.status, fits.payment.fee, fits.money) == ("ACSP", 41, (1000, 999))

    def test_is_what_it_was_when_the_payment_was_taken(self, before: int) -> None:
        out = Outgoing("Pending")
        set_fee(Fee(500, 0, 0, None))
        learn(out.id, News("ACCC"), by=BY)
        assert out.money == (565, 0)

    def test_is_taken_though_the_account_was_frozen_meanwhile(self, before: int) -> None:
        out = Outgoing("Pending")
        restricted(out.account, "FROZEN")
        learn(out.id, News("ACCC"), by=BY)
        assert (out.status, out.money) == ("ACCC", (565, 0))

    @pytest.mark.parametrize(("iban", "is_shown"), [(IBAN, True), (iban_of("12345678"), False)])
    def test_is_shown_before_an_apps_payment_is_approved(
        self, before: int, iban: str, is_shown: bool
    ) -> None:
        detail = {
            "amount": {"amount": "4.00", "currency": "GBP"},
            "creditor": {"name": "Payee Ok", "iban": iban},
            "reference": "",
        }
        asked = PaymentInitiation().ask(detail, someone().user)
        assert ("Fee", "£0.35") in asked.facts if is_shown else "Fee" not in dict(asked.facts)

    def test_is_shown_before_a_payment_is_confirmed_on_the_banks_pages(self, before: int) -> None:
        page = Payer().look("4.00", payee_iban=IBAN)
        assert page.context["shown"]["fee"] == "£0.35"


class TestTheDatabase:
    def test_lets_nothing_more_leave_a_frozen_account_than_was_set_aside(self, before: int) -> None:
        out = Outgoing("Pending")
        restricted(out.account, "FROZEN")
        for too_much in (36, 435):
            with pytest.raises(AccountBlocked):
                let_go(out.hold.id, pounds(400), event_id=uuid7(), by=BY, also=[charge(out, too_much)])
        with pytest.raises(AccountBlocked):
            post_entries([charge(out, 35)])

    def test_wants_the_fee_set_aside_with_the_money(
        self, before: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(
            outside, "set_aside", lambda account, _, **more: set_aside(account, pounds(400), **more)
        )
        with pytest.raises(IntegrityError, match="its hold is"), transaction.atomic():
            at_once(Outgoing)

    def test_wants_the_fee_booked_beside_the_payment_and_not_in_it(
        self, before: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        out = Outgoing()
        monkeypatch.setattr(
            rail_news,
            "let_go",
            lambda hold, *_, event_id, by, also: let_go(hold, pounds(435), event_id=event_id, by=by),
        )
        with pytest.raises(IntegrityError, match="its hold is"), transaction.atomic():
            at_once(lambda: learn(out.id, News("ACCC"), by=BY))


class TestRaces:
    CURRENCY = "SEK"

    @pytest.fixture
    def costly(self, rail: RunningRail) -> Iterator[None]:
        set_fee(currency=self.CURRENCY)
        yield
        set_fee(NONE, currency=self.CURRENCY)

    @pytest.mark.usefixtures("costly")
    def test_a_callback_and_a_question_at_once_take_one_fee(
        self, rail: RunningRail, superuser_url: str
    ) -> None:
        before, out = fees_of_the_bank(self.CURRENCY), Outgoing("Pending", currency=self.CURRENCY)
        out.drive()
        rail.control("POST", f"/transfers/{out.id}/settle")
        until(lambda: rail.settled(out.id), "the rail has settled it")
        news = {"FIToFIPmtStsRpt": {"TxInfAndSts": {"OrgnlTxId": out.id, "TxSts": "ACCC"}}}
        due(out.id)
        all_at_once(8, lambda n: drive(by=BY) if n % 2 else hear(news, by=BY))
        assert (out.status, out.money) == ("ACCC", (565, 0))
        assert fees_of_the_bank(self.CURRENCY) - before == 35
        charged = Entry.objects.get(account=out.account, direction="DBIT", posting__kind="fee").posting
        assert kinds_of(superuser_url, charged.audit_event_id) == ["fee.charged"]
        assert books_differ(rail) == []


AMOUNTS = st.integers(min_value=1, max_value=3000)
LINES = st.builds(Fee, st.integers(0, 100), st.integers(0, 500), st.just(0), st.none())
STEPS = st.one_of(
    st.tuples(st.just("pay"), AMOUNTS, LINES),
    st.tuples(st.just("hear"), st.integers(0, 5), st.sampled_from(sorted(KNOWN_STATUSES))),
    st.tuples(st.just("return"), st.integers(0, 5), AMOUNTS),
)


@dataclass
class Plain:
    """What should be, counted by hand: each payment's amount, fee, and what became of it."""

    paid: list[list[Any]] = field(default_factory=list)  # id, amount, fee, state, returned

    def free(self) -> int:
        return (
            10_000 - self.held() - sum(a + f - back for _, a, f, state, back in self.paid if state == "gone")
        )

    def held(self) -> int:
        return sum(amount + fee for _, amount, fee, state, _ in self.paid if state == "waits")

    def fees(self) -> int:
        return sum(fee for _, _, fee, state, _ in self.paid if state == "gone")

    def hear(self, number: int, status: str) -> None:
        payment = self.paid[number]
        if payment[3] == "waits" and status in {"ACSC", "ACCC", "RJCT", "CANC"}:
            payment[3] = "gone" if status in {"ACSC", "ACCC"} else "stayed"

    def give_back(self, number: int, amount: int) -> None:
        self.hear(number, "ACCC")
        payment = self.paid[number]
        if payment[3] == "gone" and not payment[4] and amount <= payment[1]:
            payment[4] = amount


class TestMoney:
    @given(st.lists(STEPS, max_size=12))
    @settings(
        max_examples=examples(40), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    def test_is_neither_made_nor_lost_whatever_is_paid_heard_and_returned(
        self, rail_beside_db: RunningRail, steps: list[tuple[Any, ...]]
    ) -> None:
        payer = someone()
        account, plain = payer.account("100.00"), Plain()
        banks = (fees_of_the_bank(), settlement())
        for what, first, second in steps:
            if what == "pay":
                pay(payer, account.id, first, second, plain)
            elif first < len(plain.paid):
                tell(what, plain.paid[first][0], second)
                plain.hear(first, second) if what == "hear" else plain.give_back(first, second)
        account.refresh_from_db()
        assert (account.booked - account.held, account.held) == (plain.free(), plain.held())
        assert fees_of_the_bank() - banks[0] == plain.fees()
        assert account.booked + fees_of_the_bank() + settlement() == 10_000 + sum(banks)
        at_once()


def pay(payer: Someone, account_id: str, minor: int, line: Fee, plain: Plain) -> None:
    """Pay somebody elsewhere under a schedule; refused exactly when amount and fee are not there."""
    set_fee(line)
    order = PaymentOrder(account_id, pounds(minor), creditor=Outside("Payee Ok", IBAN))
    fee = fee_of(pounds(minor), line).minor
    is_covered = minor + fee <= plain.free()
    payment = make_payment(order, by=payer.actor)
    assert (payment.status, payment.fee) == (("ACSP", fee) if is_covered else ("RJCT", 0))
    if is_covered:
        plain.paid.append([payment.id, minor, fee, "waits", 0])


def tell(what: str, payment_id: str, said: Any) -> None:
    if what == "hear":
        learn(payment_id, News(said, "AC04" if said == "RJCT" else ""), by=BY)
    else:
        take_back(Returned(payment_id, pounds(said), "AC04", clock.today()), by=BY)


def settlement() -> int:
    return Account.objects.get(id=get_settlement_account("GBP").id).booked


def charge(out: Outgoing, minor: int) -> NewPosting:
    return fee_posting(out.account.id, pounds(minor), out.id)


def at_once(act: Callable[[], object] = lambda: None) -> None:
    """Do something, and let the database check now what it checks at the commit."""
    act()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def kinds_of(superuser_url: str, event_id: object) -> list[str]:
    """The events of this id that wait to be sealed."""
    with psycopg.connect(superuser_url) as session:
        rows = session.execute("SELECT body FROM audit.outbox").fetchall()
    events = [json.loads(bytes(body)) for (body,) in rows if str(event_id).encode() in bytes(body)]
    return [event["kind"] for event in events]
