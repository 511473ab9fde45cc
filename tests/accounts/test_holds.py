"""Money set aside: spent by nobody else, captured or freed once, and free again by the clock alone."""

import datetime as dt
from typing import Any

import psycopg
import pytest
from django.utils import timezone

from accounts import queries
from accounts.errors import (
    AccountBlocked,
    AccountClosed,
    AccountNotEmpty,
    AccountNotFound,
    HoldEnded,
    HoldNotFound,
    HoldOfNothing,
    HoldTooLong,
    HoldTooSmall,
    InsufficientFunds,
    NotTheCreditor,
    NotTheDebtor,
    SameAccount,
    UnknownAccount,
)
from accounts.models import Account, Entry, Hold
from accounts.money import CurrencyMismatch, Money
from accounts.operations import capture_hold, close_account, expire_holds, holds, place_hold, void_hold
from audit.actor import system
from bank.access.roles import APPROVER
from bank.database import asking
from bank.errors import BankError
from bank.public_ids import decode, new
from payments.operations import make_payment
from tests.oauth.threads import all_at_once
from tests.payments.test_make_payment import balance, order
from tests.support.customers import BY, Someone, someone
from tests.support.own_app import signed_in
from tests.support.staff import asked, officer, restricted

EVERYTHING = queries.TransactionFilter()


def in_days(days: float) -> dt.datetime:
    return timezone.now() + dt.timedelta(days=days)


def hold_on(person: Someone, account: Account, creditor: Account, amount: str = "4.00", **more: Any) -> Hold:
    money = Money.parse(amount, account.currency)
    until = more.pop("until", in_days(1))
    return place_hold(account.id, creditor.id, amount=money, until=until, by=person.actor, **more)


def held(account: Account) -> int:
    return Account.objects.get(id=account.id).held


def spendable(account: Account) -> int:
    fresh = Account.objects.get(id=account.id)
    return queries.spendable([fresh])[fresh.id].minor


def made_late(hold: Hold, superuser_url: str) -> None:
    """Let the time of a hold be up, as only a superuser could."""
    with psycopg.connect(superuser_url, autocommit=True) as superuser:
        superuser.execute("ALTER TABLE accounts_hold DISABLE TRIGGER hold_ends_once")
        superuser.execute(
            "UPDATE accounts_hold SET expires_at = now() - interval '1 second' WHERE id = %s",
            [decode("txn", hold.id)],
        )
        superuser.execute("ALTER TABLE accounts_hold ENABLE ALWAYS TRIGGER hold_ends_once")


class Shop:
    """A customer who pays and one who is paid."""

    def __init__(self, balance: str = "10.00") -> None:
        self.payer, self.payee = someone(), someone()
        self.debtor, self.creditor = self.payer.account(balance), self.payee.account()

    def hold(self, amount: str = "4.00", **more: Any) -> Hold:
        return hold_on(self.payer, self.debtor, self.creditor, amount, **more)

    def pay(self, amount: str) -> str:
        payment = make_payment(order(self.debtor, self.creditor, amount), by=self.payer.actor)
        return payment.reason_code or str(payment.status)


class TestPlaceHold:
    def test_keeps_the_money_from_being_spent(self, db: None) -> None:
        shop = Shop()
        shop.hold("4.00")
        assert (balance(shop.debtor), held(shop.debtor), spendable(shop.debtor)) == (1000, 400, 600)
        assert shop.pay("6.01") == "AM04"
        assert shop.pay("6.00") == "ACCC"

    def test_takes_what_there_is_and_no_more(self, db: None) -> None:
        shop = Shop()
        with pytest.raises(InsufficientFunds):
            shop.hold("10.01")
        shop.hold("10.00")
        with pytest.raises(InsufficientFunds):
            shop.hold("0.01")

    @pytest.mark.parametrize(
        ("amount", "days", "error"), [("0", 1, HoldOfNothing), ("1", 31, HoldTooLong), ("1", -1, HoldTooLong)]
    )
    def test_is_of_something_for_thirty_days_at_most(
        self, db: None, amount: str, days: int, error: type[BankError]
    ) -> None:
        with pytest.raises(error):
            Shop().hold(amount, until=in_days(days))

    @pytest.mark.parametrize(
        ("status", "error"),
        [("FROZEN", AccountBlocked), ("DEBIT_BLOCKED", AccountBlocked)],
    )
    def test_is_refused_on_a_blocked_account(self, db: None, status: str, error: type[BankError]) -> None:
        shop = Shop()
        restricted(shop.debtor, status)
        with pytest.raises(error):
            shop.hold()

    def test_is_refused_on_a_closed_account_in_another_currency_and_for_nobody(self, db: None) -> None:
        shop = Shop("0")
        with pytest.raises(UnknownAccount):
            place_hold(
                shop.debtor.id, new("acc"), amount=Money(1, "GBP"), until=in_days(1), by=shop.payer.actor
            )
        with pytest.raises(CurrencyMismatch):
            place_hold(
                shop.debtor.id,
                shop.creditor.id,
                amount=Money(1, "EUR"),
                until=in_days(1),
                by=shop.payer.actor,
            )
        close_account(shop.debtor.id, by=BY)
        with pytest.raises(AccountClosed):
            shop.hold()

    def test_is_refused_for_a_closed_account(self, db: None) -> None:
        shop = Shop()
        close_account(shop.creditor.id, by=BY)
        with pytest.raises(AccountClosed):
            shop.hold()

    def test_is_refused_for_the_account_itself(self, db: None) -> None:
        shop = Shop()
        with pytest.raises(SameAccount):
            hold_on(shop.payer, shop.debtor, shop.debtor)
        assert held(shop.debtor) == 0

    def test_is_refused_for_an_account_that_could_never_take_it(self, db: None) -> None:
        shop, elsewhere = Shop(), someone().account(currency="EUR")
        with pytest.raises(CurrencyMismatch):
            hold_on(shop.payer, shop.debtor, elsewhere)
        assert held(shop.debtor) == 0

    def test_is_for_who_may_pay(self, db: None) -> None:
        shop, viewer = Shop(), someone()
        seen = shop.payer.account("5.00", holders={viewer.customer_id: "viewer"})
        with pytest.raises(NotTheDebtor):
            hold_on(viewer, seen, shop.creditor)
        with pytest.raises(AccountNotFound):
            hold_on(viewer, shop.debtor, shop.creditor)


class TestCaptureHold:
    def test_books_it_under_the_same_id(self, db: None) -> None:
        shop = Shop()
        hold = shop.hold("4.00", reference="hotel")
        done = capture_hold(hold.id, by=shop.payee.actor)
        entry = Entry.objects.get(id=hold.id)
        assert (done.status, done.captured) == ("CAPTURED", 400)
        assert (entry.account_id, entry.direction, entry.amount) == (shop.debtor.id, "DBIT", 400)
        assert (balance(shop.debtor), held(shop.debtor), balance(shop.creditor)) == (600, 0, 400)
        assert entry.posting.audit_event_id == done.last_event_id

    def test_of_a_part_frees_the_rest(self, db: None) -> None:
        shop = Shop()
        hold = shop.hold("10.00")
        capture_hold(hold.id, amount=Money(250, "GBP"), by=shop.payee.actor)
        assert (balance(shop.debtor), spendable(shop.debtor)) == (750, 750)

    @pytest.mark.parametrize(
        ("amount", "error"),
        [
            (Money(401, "GBP"), HoldTooSmall),
            (Money(0, "GBP"), HoldOfNothing),
            (Money(1, "EUR"), CurrencyMismatch),
        ],
    )
    def test_takes_no_more_than_was_set_aside(
        self, real_db: None, amount: Money, error: type[BankError]
    ) -> None:
        shop = Shop()
        hold = shop.hold("4.00")
        with pytest.raises(error):
            capture_hold(hold.id, amount=amount, by=shop.payee.actor)
        assert (held(shop.debtor), balance(shop.creditor)) == (400, 0)

    def test_happens_once(self, real_db: None) -> None:
        shop = Shop()
        hold = shop.hold()
        capture_hold(hold.id, by=shop.payee.actor)
        for again in (capture_hold, void_hold):
            with pytest.raises(HoldEnded):
                again(hold.id, by=shop.payee.actor)
        assert balance(shop.creditor) == 400

    def test_is_for_the_creditor(self, db: None) -> None:
        shop, stranger = Shop(), someone()
        hold = shop.hold()
        for act in (capture_hold, void_hold):
            with pytest.raises(NotTheCreditor):
                act(hold.id, by=shop.payer.actor)
            for nobody in (stranger.actor, system("tests"), shop.payer.app([shop.debtor])):
                with pytest.raises(HoldNotFound):
                    act(hold.id, by=nobody)

    def test_works_on_an_account_with_nothing_else_left(self, db: None) -> None:
        shop = Shop()
        hold = shop.hold("4.00")
        assert shop.pay("6.00") == "ACCC"
        capture_hold(hold.id, by=shop.payee.actor)
        assert balance(shop.debtor) == 0

    def test_is_refused_by_a_frozen_account(self, real_db: None) -> None:
        shop = Shop()
        hold = shop.hold()
        restricted(shop.debtor, "FROZEN")
        with pytest.raises(AccountBlocked):
            capture_hold(hold.id, by=shop.payee.actor)
        assert void_hold(hold.id, by=shop.payee.actor).status == "VOIDED"


class TestVoidHold:
    def test_frees_the_money(self, db: None) -> None:
        shop = Shop()
        hold = shop.hold()
        assert void_hold(hold.id, by=shop.payee.actor).status == "VOIDED"
        assert (held(shop.debtor), spendable(shop.debtor)) == (0, 1000)


class TestExpiry:
    def test_is_true_on_every_read_with_no_worker(self, real_db: None, superuser_url: str) -> None:
        shop = Shop()
        hold = shop.hold()
        made_late(hold, superuser_url)
        assert (held(shop.debtor), spendable(shop.debtor)) == (400, 1000)
        assert queries.list_pending(shop.debtor, asked=EVERYTHING, limit=5) == []
        read = queries.get_hold(hold.id, owned_by=shop.payer.actor)
        assert read.present_status(timezone.now()) == "EXPIRED"

    def test_lets_all_the_money_be_paid(self, real_db: None, superuser_url: str) -> None:
        shop = Shop()
        hold = shop.hold()
        made_late(hold, superuser_url)
        assert shop.pay("10.00") == "ACCC"
        assert (held(shop.debtor), Hold.objects.get(id=hold.id).status) == (0, "EXPIRED")

    def test_lets_funds_be_confirmed(self, real_db: None, superuser_url: str) -> None:
        shop, ten = Shop(), Money(1000, "GBP")
        hold = shop.hold()
        assert not queries.has_funds(shop.debtor.id, ten, owned_by=shop.payer.actor)
        made_late(hold, superuser_url)
        assert queries.has_funds(shop.debtor.id, ten, owned_by=shop.payer.actor)

    def test_lets_all_the_money_be_set_aside_again(self, real_db: None, superuser_url: str) -> None:
        shop = Shop()
        made_late(shop.hold("10.00"), superuser_url)
        shop.hold("10.00")
        assert held(shop.debtor) == 1000

    def test_comes_before_capture_and_void(self, real_db: None, superuser_url: str) -> None:
        shop = Shop()
        for act in (capture_hold, void_hold):
            hold = shop.hold()
            made_late(hold, superuser_url)
            with pytest.raises(HoldEnded):
                act(hold.id, by=shop.payee.actor)

    def test_does_not_keep_an_account_open(self, real_db: None, superuser_url: str) -> None:
        shop = Shop("4.00")
        hold = shop.hold("4.00")
        made_late(hold, superuser_url)
        assert shop.pay("4.00") == "ACCC"
        assert close_account(shop.debtor.id, by=BY).status == "CLOSED"

    def test_is_told_to_the_trail_once(self, real_db: None, superuser_url: str) -> None:
        shop = Shop()
        by_worker, by_payment = shop.hold("1.00"), shop.hold("2.00")
        made_late(by_payment, superuser_url)
        shop.pay("9.00")
        made_late(by_worker, superuser_url)
        assert expire_holds(by=system("tests")) >= 2
        for hold in (by_worker, by_payment):
            kept = Hold.objects.get(id=hold.id)
            assert (kept.status, kept.version) == ("EXPIRED", 2)
        assert held(shop.debtor) == 0
        assert expire_holds(by=system("tests")) == 0

    def test_of_one_that_cannot_be_told_of_leaves_the_others_theirs(
        self, real_db: None, superuser_url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        shop = Shop()
        failing, behind = shop.hold("1.00"), shop.hold("2.00")
        note_end = holds.note_end

        def refused(hold_id: str, *said: Any) -> Hold:
            if hold_id == failing.id:
                asking.execute("SELECT 1 / 0")
            return note_end(hold_id, *said)

        monkeypatch.setattr(holds, "note_end", refused)
        for hold in (failing, behind):
            made_late(hold, superuser_url)
        expire_holds(by=system("tests"))
        assert [Hold.objects.get(id=hold.id).version for hold in (failing, behind)] == [1, 2]
        assert held(shop.debtor) == 0
        monkeypatch.undo()
        expire_holds(by=system("tests"))
        assert Hold.objects.get(id=failing.id).version == 2


class TestClosing:
    def test_waits_for_holds(self, db: None) -> None:
        shop = Shop()
        shop.hold()
        with pytest.raises(AccountNotEmpty):
            close_account(shop.debtor.id, by=BY)


class TestRaces:
    def test_capture_and_void_end_a_hold_once(self, real_db: None) -> None:
        shop = Shop()
        hold = shop.hold("4.00")

        def act(number: int) -> str:
            try:
                return str((capture_hold if number % 2 else void_hold)(hold.id, by=shop.payee.actor).status)
            except HoldEnded:
                return "ended"

        done = all_at_once(10, act)
        assert done.count("ended") == 9
        captured = "CAPTURED" in done
        assert (balance(shop.creditor), held(shop.debtor)) == (400 if captured else 0, 0)

    def test_holding_and_paying_at_once_spend_no_penny_twice(self, real_db: None) -> None:
        shop = Shop("10.00")

        def act(number: int) -> str:
            if number % 2:
                return shop.pay("1.00")
            try:
                return str(shop.hold("1.00").status)
            except InsufficientFunds:
                return "AM04"

        done = all_at_once(24, act)
        assert (done.count("OPEN") + done.count("ACCC"), done.count("AM04")) == (10, 14)
        assert held(shop.debtor) == balance(shop.debtor) == 100 * done.count("OPEN")

    def test_captures_across_two_accounts_never_deadlock(self, real_db: None) -> None:
        shop = Shop("20.00")
        back = shop.payee.account("20.00")
        away = [shop.hold("1.00") for _ in range(6)]
        home = [hold_on(shop.payee, back, shop.debtor, "1.00") for _ in range(6)]

        def act(number: int) -> str:
            hold, by = (away[number // 2], shop.payee) if number % 2 else (home[number // 2], shop.payer)
            return str(capture_hold(hold.id, by=by.actor).status)

        assert set(all_at_once(12, act)) == {"CAPTURED"}
        assert (held(shop.debtor), held(back)) == (0, 0)

    def test_freezing_stops_what_comes_after(self, real_db: None) -> None:
        from approvals import operations

        shop = Shop("10.00")
        holds = [shop.hold("1.00") for _ in range(8)]
        approval, checker = asked("account.freeze", shop.debtor.id), officer(APPROVER)

        def act(number: int) -> str:
            if number == 3:
                operations.approve(approval.id, digest=approval.payload_digest, by=checker)
                return "frozen"
            try:
                return str(capture_hold(holds[number].id, by=shop.payee.actor).status)
            except AccountBlocked:
                return "AC06"

        done = all_at_once(8, act)
        assert balance(shop.creditor) == 100 * done.count("CAPTURED")
        assert held(shop.debtor) == 800 - balance(shop.creditor)


def in_one_transaction(psql: psycopg.Connection[Any], *statements: tuple[str, Any]) -> None:
    with psql.transaction():
        for statement, value in statements:
            psql.execute(statement, [value])  # type: ignore[arg-type]


class TestDatabase:
    """The last line: a session of the application's own role."""

    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE accounts_account SET held = held + 1 WHERE id = %(account)s",
            "UPDATE accounts_account SET held = 0 WHERE id = %(account)s",
            "UPDATE accounts_hold SET status = 'VOIDED' WHERE id = %(hold)s",
        ],
    )
    def test_holds_what_the_holds_say(
        self, real_db: None, database_urls: dict[str, str], statement: str
    ) -> None:
        shop = Shop()
        hold = shop.hold()
        named = {"account": decode("acc", shop.debtor.id), "hold": decode("txn", hold.id)}
        with (
            psycopg.connect(database_urls["bank_app"], autocommit=True) as psql,
            pytest.raises(psycopg.errors.IntegrityConstraintViolation, match="not what its holds say"),
        ):
            psql.execute(statement, named)  # type: ignore[arg-type]

    def test_never_holds_less_than_nothing(self, real_db: None, database_urls: dict[str, str]) -> None:
        shop = Shop()
        with (
            psycopg.connect(database_urls["bank_app"]) as psql,
            pytest.raises(psycopg.errors.CheckViolation, match="holds_nothing_below_zero"),
        ):
            psql.execute(
                "UPDATE accounts_account SET held = -1 WHERE id = %s", [decode("acc", shop.debtor.id)]
            )

    def test_captures_nothing_without_an_entry(self, real_db: None, database_urls: dict[str, str]) -> None:
        shop = Shop()
        hold = shop.hold()
        with (
            psycopg.connect(database_urls["bank_app"], autocommit=True) as psql,
            pytest.raises(psycopg.errors.IntegrityConstraintViolation, match="captured and not booked"),
        ):
            in_one_transaction(
                psql,
                ("UPDATE accounts_account SET held = 0 WHERE id = %s", decode("acc", shop.debtor.id)),
                (
                    "UPDATE accounts_hold SET status = 'CAPTURED', captured = amount WHERE id = %s",
                    decode("txn", hold.id),
                ),
            )

    def test_ends_a_hold_once(self, real_db: None, database_urls: dict[str, str]) -> None:
        shop = Shop()
        hold = void_hold(shop.hold().id, by=shop.payee.actor)
        with (
            psycopg.connect(database_urls["bank_app"]) as psql,
            pytest.raises(psycopg.errors.IntegrityConstraintViolation, match="ends once"),
        ):
            psql.execute("UPDATE accounts_hold SET status = 'OPEN' WHERE id = %s", [decode("txn", hold.id)])


class TestOverHttp:
    def test_is_pending_then_booked_under_one_id(self, db: None) -> None:
        shop = Shop()
        payer, payee = signed_in(shop.payer.user), signed_in(shop.payee.user)
        body = {
            "account": shop.debtor.id,
            "creditor_account": shop.creditor.id,
            "amount": {"amount": "4.00", "currency": "GBP"},
            "expires_at": in_days(2).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "reference": "hotel",
        }
        placed = payer.post("/holds", body)
        assert placed.status == 201, placed.text
        hold_id, path = placed.json["id"], f"/accounts/{shop.debtor.id}/transactions"
        pending = payer.get(f"{path}?status=PDNG").json["data"]
        assert [(row["id"], row["status"], row["seq"]) for row in pending] == [(hold_id, "PDNG", None)]
        assert payer.get(f"{path}/{hold_id}").json == pending[0]
        balances = payer.get(f"/accounts/{shop.debtor.id}/balances").json["data"]
        assert [row["amount"]["amount"] for row in balances] == ["10.00", "6.00"]

        assert payer.post(f"/holds/{hold_id}/capture").status == 403
        taken = payee.post(f"/holds/{hold_id}/capture", {"amount": {"amount": "3.00", "currency": "GBP"}})
        assert (taken.json["status"], taken.json["captured"]["amount"]) == ("CAPTURED", "3.00")
        booked = payer.get(f"{path}/{hold_id}").json
        assert (booked["status"], booked["amount"]["amount"], booked["seq"]) == ("BOOK", "3.00", 2)
        assert payer.get(f"{path}?status=PDNG").json["data"] == []
        assert payee.post(f"/holds/{hold_id}/void").status == 409

    def test_lists_page_by_page_on_both_sides(self, db: None) -> None:
        shop = Shop()
        made = [shop.hold("1.00").id for _ in range(3)][::-1]
        for app in (signed_in(shop.payer.user), signed_in(shop.payee.user)):
            first = app.get("/holds?limit=2").json
            rest = app.get(f"/holds?limit=2&cursor={first['next_cursor']}").json
            assert [row["id"] for row in [*first["data"], *rest["data"]]] == made
        assert signed_in(someone().user).get(f"/holds/{made[0]}").status == 404

    def test_filters_the_pending_as_the_booked(self, db: None) -> None:
        shop = Shop()
        small, large = shop.hold("1.00", reference="Tea"), shop.hold("5.00", reference="Hotel")
        app, path = signed_in(shop.payer.user), f"/accounts/{shop.debtor.id}/transactions?status=PDNG"
        for asked_for, expected in (
            ("", [large.id, small.id]),
            ("&min=2.00", [large.id]),
            ("&max=2.00", [small.id]),
            ("&q=hot", [large.id]),
            ("&direction=CRDT", []),
            ("&direction=DBIT", [large.id, small.id]),
            ("&from=2031-01-01", []),
            ("&to=2020-01-01", []),
            ("&to=9999-12-31", [large.id, small.id]),  # the last day there is
        ):
            assert [row["id"] for row in app.get(path + asked_for).json["data"]] == expected, asked_for

    @pytest.mark.parametrize("status", ["BOOK", "PDNG"])
    def test_says_which_parameter_nothing_could_be_within(self, db: None, status: str) -> None:
        person = someone()
        app, path = signed_in(person.user), f"/accounts/{person.account().id}/transactions?status={status}"
        for asked_for, wrong in (
            ("&from=2026-02-02&to=2026-02-01", ("?to", "before_from")),
            ("&min=2.00&max=1.99", ("?max", "less_than_min")),
            ("&min=1.234", ("?min", "invalid_amount")),
            ("&direction=this", ("?direction", "invalid_choice")),
        ):
            refused = app.get(path + asked_for)
            assert (refused.status, refused.json["code"]) == (400, "invalid_query")
            (error,) = refused.json["errors"]
            assert (error["pointer"], error["code"]) == wrong
            assert '"this"' not in error["detail"]
        assert app.get(f"{path}&from=2026-02-02&to=2026-02-02&min=1.00&max=1.00").json["data"] == []


class TestStepUp:
    def test_asks_who_sets_money_aside_for_two_factors(self, real_db: None) -> None:
        payer, payee = someone(), someone()
        debtor, creditor = payer.account("10"), payee.account()
        body = {
            "account": debtor.id,
            "creditor_account": creditor.id,
            "amount": {"amount": "4.00", "currency": "GBP"},
            "expires_at": in_days(1).isoformat(),
        }
        refused = signed_in(payer.user, factors=1).post("/holds", body)
        assert (refused.status, refused.json["code"]) == (401, "insufficient_user_authentication")
        assert held(debtor) == 0

    def test_asks_who_takes_it_for_one_as_nothing_of_theirs_leaves(self, real_db: None) -> None:
        payer, payee = someone(), someone()
        hold = hold_on(payer, payer.account("10"), payee.account())
        assert signed_in(payee.user, factors=1).post(f"/holds/{hold.id}/capture").status == 200
