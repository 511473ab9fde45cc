"""The feed: numbers without gaps, nothing lost, and no more than a consent covers."""

import json
import threading
from datetime import timedelta
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from django.db import IntegrityError, ProgrammingError, connections, transaction
from django.utils import timezone

from accounts.models import Entry
from accounts.money import Money
from accounts.operations import capture_hold, make_statement, place_hold
from audit.kinds import KINDS
from audit.operations import record
from audit.sealing import seal_waiting
from bank.resilience import turns
from events import tasks
from events.derivation import Told
from events.kinds import EVENT_TYPES
from events.models import Event, Feed, Follower
from events.operations import feed
from events.operations.feed import follow_log, tell
from events.operations.retention import forget_old_events
from oauth.models import Consent
from oauth.operations import revoke_consent
from oauth.operations.consent_life import withdraw_from_consent
from payments.operations import make_payment
from payments.rules import PaymentOrder
from tests.events.conftest import App, new_app, settle
from tests.oauth.threads import all_at_once
from tests.support import plugin
from tests.support.customers import BY, Someone, deposit, someone


class TestWhatAnAppIsTold:
    def test_is_money_that_comes_to_an_account_shared_with_it(self, app: App, alice: Someone) -> None:
        account = alice.account()
        shared = app.shares(alice, account)
        deposit(account.id, Money(1250, "GBP"))
        settle()
        (told,) = app.events(of="transaction.booked")
        assert told.data == {
            "account": account.id,
            "transaction": Entry.objects.get(account=account).id,
            "direction": "CRDT",
            "amount": {"amount": "12.50", "currency": "GBP"},
            "consent": shared.consent_id,
        }

    def test_is_each_side_it_may_see_of_a_payment_it_made(self, app: App, alice: Someone) -> None:
        one, other = alice.account("50"), alice.account()
        by = app.shares(alice, one, other)
        payment = make_payment(PaymentOrder(one.id, Money(300, "GBP"), other.id, reference="secret"), by=by)
        settle()
        (paid,) = app.events(of="payment.completed")
        assert (paid.data["payment"], paid.data["status"]) == (payment.id, "ACCC")
        assert {e.data["direction"] for e in app.events(of="transaction.booked")} == {"CRDT", "DBIT"}

    def test_is_nothing_of_an_account_that_is_not_shared(self, app: App, alice: Someone) -> None:
        shared, kept = alice.account(), alice.account()
        app.shares(alice, shared)
        deposit(kept.id, Money(100, "GBP"))
        settle()
        assert app.events(of="transaction.booked") == []

    def test_is_nothing_its_consent_does_not_allow(self, app: App, alice: Someone) -> None:
        account = alice.account()
        shared = app.shares(alice, account)
        Consent.objects.filter(id=shared.consent_id).update(permissions=["accounts:read", "balances:read"])
        deposit(account.id, Money(100, "GBP"))
        settle()
        assert app.events(of="transaction.booked") == []

    def test_is_nothing_from_before_the_consent(self, app: App, alice: Someone) -> None:
        account = alice.account()
        deposit(account.id, Money(100, "GBP"))
        app.shares(alice, account)
        settle()
        assert app.events(of="transaction.booked") == []

    def test_is_nothing_of_others(self, app: App, rival: App, alice: Someone) -> None:
        account = alice.account()
        app.shares(alice, account)
        deposit(account.id, Money(100, "GBP"))
        settle()
        assert rival.events() == []
        assert len(app.events(of="transaction.booked")) == 1

    def test_is_once_for_two_consents_to_the_same_account(self, app: App, alice: Someone) -> None:
        account = alice.account()
        app.shares(alice, account)
        app.shares(alice, account)
        deposit(account.id, Money(100, "GBP"))
        settle()
        assert len(app.events(of="transaction.booked")) == 1

    def test_is_nothing_to_the_banks_own_app(self, alice: Someone, real_db: None) -> None:
        own = new_app("Harbour app", first_party=True, scope="openid accounts:read transactions:read")
        account = alice.account()
        own.shares(alice, account)
        deposit(account.id, Money(100, "GBP"))
        settle()
        assert own.events() == []

    def test_is_a_hold_and_its_capture(self, app: App, alice: Someone) -> None:
        seller = someone()
        account, shop = alice.account("20"), seller.account()
        app.shares(alice, account)
        hold = place_hold(
            account.id,
            shop.id,
            amount=Money(500, "GBP"),
            until=timezone.now() + timedelta(hours=1),
            by=alice.actor,
        )
        capture_hold(hold.id, by=seller.actor)
        settle()
        assert [e.data["transaction"] for e in app.events(of="hold.placed")] == [hold.id]
        assert [e.data["status"] for e in app.events(of="hold.captured")] == ["captured"]

    def test_is_a_statement(self, app: App, alice: Someone) -> None:
        account = alice.account()
        app.shares(alice, account)
        statement = make_statement(
            account.id, (timezone.now() - timedelta(days=40)).date().replace(day=1), by=BY
        )
        settle()
        assert [e.data["statement"] for e in app.events(of="statement.made")] == [statement.id]


class TestEndOfAConsent:
    def test_is_told_and_is_the_last_thing_told(self, app: App, alice: Someone) -> None:
        account = alice.account()
        shared = app.shares(alice, account)
        revoke_consent(shared.consent_id, by=alice.actor)
        deposit(account.id, Money(100, "GBP"))
        settle()
        (ended,) = app.events()
        assert (ended.type, ended.data) == (
            "consent.revoked",
            {"consent": shared.consent_id, "status": "CANC"},
        )

    def test_stops_at_once_what_happened_before_and_was_not_told_yet(self, app: App, alice: Someone) -> None:
        account = alice.account()
        shared = app.shares(alice, account)
        deposit(account.id, Money(100, "GBP"))
        revoke_consent(shared.consent_id, by=alice.actor)
        settle()
        assert [e.type for e in app.events()] == ["consent.revoked"]

    def test_holds_by_the_clock(self, app: App, alice: Someone) -> None:
        account = alice.account()
        shared = app.shares(alice, account)
        past = timezone.now() - timedelta(days=2)
        Consent.objects.filter(id=shared.consent_id).update(
            created_at=past, expires_at=past + timedelta(days=1)
        )
        deposit(account.id, Money(100, "GBP"))
        settle()
        assert app.events() == []

    def test_of_one_account_stops_that_account(self, app: App, alice: Someone) -> None:
        kept, withdrawn = alice.account(), alice.account()
        shared = app.shares(alice, kept, withdrawn)
        withdraw_from_consent(shared.consent_id, withdrawn.id, by=alice.actor)
        deposit(kept.id, Money(100, "GBP"))
        deposit(withdrawn.id, Money(100, "GBP"))
        settle()
        assert [e.data["account"] for e in app.events(of="transaction.booked")] == [kept.id]


class TestNumbers:
    def test_have_no_gaps_with_ten_writers_and_two_followers(self, app: App, alice: Someone) -> None:
        accounts = [alice.account() for _ in range(10)]
        app.shares(alice, *accounts)
        all_at_once(10, lambda n: [deposit(accounts[n].id, Money(1, "GBP")) for _ in range(5)])
        seal_waiting()
        all_at_once(3, follow_log)
        follow_log()
        numbers = [event.number for event in app.events()]
        assert numbers == list(range(1, len(numbers) + 1))
        assert len(app.events(of="transaction.booked")) == 50

    def test_have_no_gaps_when_writers_give_up(self, app: App) -> None:
        def writes(number: int) -> None:
            with transaction.atomic():
                tell([thing(app)])
                if number % 3 == 0:
                    transaction.set_rollback(True)

        all_at_once(12, writes)
        assert [event.number for event in app.events()] == list(range(1, 9))
        assert Feed.objects.get(client=app.row).last_number == 8

    def test_show_in_order_so_a_reader_misses_nothing(self, app: App) -> None:
        """A number is not visible before a smaller one: the feed is held until the commit."""
        in_the_middle, go_on = threading.Event(), threading.Event()

        def slow() -> None:
            with transaction.atomic():
                tell([thing(app)])
                in_the_middle.set()
                go_on.wait(5)

        def quick() -> None:
            with transaction.atomic():
                tell([thing(app)])

        first = threading.Thread(target=closing(slow))
        second = threading.Thread(target=closing(quick))
        first.start()
        in_the_middle.wait(5)
        second.start()
        second.join(0.3)
        assert second.is_alive()
        assert app.events() == []
        go_on.set()
        first.join(5)
        second.join(5)
        assert [event.number for event in app.events()] == [1, 2]


class TestLateCommits:
    def test_are_not_lost(self, app: App, alice: Someone) -> None:
        """The late one began first and commits after others were sealed and told."""
        early, late = alice.account(), alice.account()
        app.shares(alice, early, late)
        booked, go_on = threading.Event(), threading.Event()

        def slowly() -> None:
            with transaction.atomic():
                deposit(late.id, Money(2, "GBP"))
                booked.set()
                go_on.wait(10)

        thread = threading.Thread(target=closing(slowly))
        thread.start()
        booked.wait(5)
        with transaction.atomic():
            # Not a deposit: that would wait for the row of the bank's own account.
            record("consent.used", by=BY, target=("consent", Consent.objects.get(client=app.row).id))
        settle()
        assert [e.type for e in app.events()] == ["consent.used"]
        go_on.set()
        thread.join(10)
        settle()
        assert [(e.number, e.type) for e in app.events()] == [(1, "consent.used"), (2, "transaction.booked")]


class TestFollowing:
    def test_tells_nothing_twice_when_it_dies_before_its_commit(
        self, app: App, alice: Someone, monkeypatch: Any
    ) -> None:
        account = alice.account()
        app.shares(alice, account)
        deposit(account.id, Money(100, "GBP"))
        seal_waiting()
        before = Follower.objects.get().next_index
        monkeypatch.setattr(Follower, "save", broken)
        with pytest.raises(ZeroDivisionError):
            follow_log()
        assert (app.events(), Follower.objects.get().next_index) == ([], before)
        monkeypatch.undo()
        follow_log()
        follow_log()
        assert [event.number for event in app.events()] == [1]

    def test_goes_on_after_an_event_that_names_nothing(self, app: App) -> None:
        with transaction.atomic():
            record("consent.used", by=BY, target=("consent", "nonsense"))
            record("account.frozen", by=BY, target=("hold", "acc_"))
        settle()
        assert app.events() == []

    def test_leaves_what_one_turn_is_too_short_for_to_the_next(
        self, app: App, alice: Someone, monkeypatch: Any
    ) -> None:
        account = alice.account()
        app.shares(alice, account)
        for _ in range(3):
            deposit(account.id, Money(1, "GBP"))
        settle()
        monkeypatch.setattr(feed, "BATCH", 2)
        for _ in range(3):
            deposit(account.id, Money(1, "GBP"))
        seal_waiting()
        monkeypatch.setattr(turns, "TURN_SECONDS", 0)
        monkeypatch.setattr(tasks.queries, "is_delivery_due", lambda: False)  # what other tests left
        tasks.follow()
        assert len(app.events()) == 5
        follow_log()
        assert [event.number for event in app.events()] == [1, 2, 3, 4, 5, 6]

    def test_asks_as_many_questions_for_a_hundred_events_as_for_two(
        self, app: App, alice: Someone, django_assert_max_num_queries: Any
    ) -> None:
        account = alice.account()
        app.shares(alice, account)
        settle()  # what other tests left in the log
        for _ in range(30):
            deposit(account.id, Money(1, "GBP"))
        seal_waiting()
        with django_assert_max_num_queries(16):
            follow_log()
        assert len(app.events()) == 30


class TestPrivacy:
    def test_nothing_personal_is_told(self, app: App) -> None:
        canary = f"canary{uuid4().hex[:8]}"
        person = someone()
        account, other = person.account("50", name=canary), person.account(name=canary)
        by = app.shares(person, account, other)
        make_payment(PaymentOrder(account.id, Money(100, "GBP"), other.id, reference=canary), by=by)
        until = timezone.now() + timedelta(hours=1)
        place_hold(
            account.id, other.id, amount=Money(5, "GBP"), until=until, reference=canary, by=person.actor
        )
        settle()
        text = json.dumps([event.data for event in app.events()])
        assert len(app.events()) == 4
        assert canary not in text
        assert person.user.id not in text
        assert person.customer_id not in text
        assert "GB" not in text.replace("GBP", "")

    def test_every_type_is_of_the_trail_or_made_of_its_postings(self) -> None:
        assert set(EVENT_TYPES) - set(KINDS) == {"transaction.booked"}

    def test_every_type_names_what_it_needs(self) -> None:
        assert {name for name, type_ in EVENT_TYPES.items() if type_.permission is None} == {
            name for name in EVENT_TYPES if name.startswith(("consent.", "webhook_endpoint."))
        }


class TestForgetting:
    def test_takes_what_is_older_than_thirty_days_and_uses_no_number_twice(self, app: App) -> None:
        with transaction.atomic():
            tell([thing(app)])
        self.age(app, days=31)
        with transaction.atomic():
            tell([thing(app)])
        forget_old_events()
        assert [event.number for event in app.events()] == [2]

    @staticmethod
    def age(app: App, *, days: int) -> None:
        with psycopg.connect(plugin.superuser_url(), autocommit=True) as superuser:
            superuser.execute(
                "UPDATE events_event SET created_at = created_at - make_interval(days => %s)"
                " WHERE client_id = %s",
                [days, app.row.pk],
            )


class TestDatabase:
    def test_refuses_to_change_what_was_told(self, app: App) -> None:
        with pytest.raises(ProgrammingError, match="permission denied"):
            Event.objects.filter(client=app.row).update(type="x")

    def test_refuses_a_number_twice(self, app: App) -> None:
        with transaction.atomic():
            tell([thing(app)])
        with pytest.raises(IntegrityError):
            Event.objects.create(
                client=app.row, number=1, type="x", about="y", data={}, audit_event_id=uuid4(),
                occurred_at=timezone.now(), created_at=timezone.now(),
            )  # fmt: skip


def thing(app: App) -> Told:
    return Told(app.row.pk, "consent.used", "con_x", {}, uuid4(), timezone.now())


def broken(*_: Any, **__: Any) -> None:
    raise ZeroDivisionError


def closing(run: Any) -> Any:
    """Run in a thread with connections of its own, closed at the end."""

    def ran() -> None:
        try:
            run()
        finally:
            connections.close_all()

    return ran
