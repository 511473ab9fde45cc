"""Batches that pay accounts at other banks: set aside, sent one by one, and ended as the rail says."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.account_numbers import iban_of
from accounts.models import Account, Hold
from accounts.money import Money
from payments.errors import AtomicBatchLeaves, RailDown
from payments.models import Payment, PaymentBatch, RailTransfer
from payments.operations import cancel_payment, drive, make_payment
from payments.queries import count_batch_items
from payments.rails import rail as the_rail
from payments.rules import Outside, PaymentOrder
from payments.rules.batches import Transfer
from tests.oauth.threads import all_at_once
from tests.payments.batching import Employer, employer, file_of, outcomes
from tests.payments.rails.outgoing import BY, books_differ, due
from tests.payments.rails.test_fees import NONE, set_fee
from tests.payments.test_batches_api import announce
from tests.support.own_app import signed_in
from tests.support.rail import IBAN, RunningRail, until
from tests.support.staff import restricted


def out(minor: int, name: str = "Payee Ok", iban: str = IBAN) -> Transfer:
    return Transfer(None, Money(minor, "GBP"), "invoice", creditor=Outside(name, iban))


def items(batch: PaymentBatch) -> list[Payment]:
    return list(Payment.objects.filter(batch=batch).order_by("batch_item"))


def money(boss: Employer) -> tuple[int, int]:
    """What is booked and what is set aside."""
    account = Account.objects.get(id=boss.debtor.id)
    return account.booked, account.held


def drive_until(batch: PaymentBatch, *statuses: str) -> None:
    def have_them() -> bool:
        for item in items(batch):
            due(item.id)
        drive(by=BY)
        return [item.status for item in items(batch)] == list(statuses)

    until(have_them, f"the payments are {statuses}", seconds=30)


class TestPerItem:
    def test_sets_aside_what_leaves_and_books_what_stays(self, rail: RunningRail) -> None:
        boss = employer("10.00")
        batch = boss.pay([*boss.transfers(100), out(300), *boss.transfers(50), out(200, "Café Lumen")])
        assert (batch.status, outcomes(batch)) == ("ACSP", ["ACCC", "ACSP", "ACCC", "ACSP"])
        assert money(boss) == (850, 500)
        first = items(batch)[1]
        assert (first.kind, first.creditor_name, first.creditor_iban) == ("external", "Payee Ok", IBAN)
        assert rail.transfer(first.id) is None

    def test_each_ends_as_the_rail_says_and_both_books_agree(self, rail: RunningRail) -> None:
        boss = employer("10.00")
        batch = boss.pay([out(300), *boss.transfers(100), out(200, "Reject")])
        drive_until(batch, "ACCC", "ACCC", "RJCT")
        assert money(boss) == (600, 0)
        assert PaymentBatch.objects.get(id=batch.id).status == "ACSP"  # what became of the file when it came
        assert count_batch_items(batch) == [("ACCC", 2), ("RJCT", 1)]  # and what of its payments since
        assert (rail.transfer(items(batch)[0].id) or {})["amount"] == "3.00"
        assert books_differ(rail) == []

    def test_what_has_not_left_can_be_cancelled(self, rail: RunningRail) -> None:
        boss = employer("10.00")
        batch = boss.pay([out(300), out(200)])
        cancel_payment(items(batch)[0].id, by=boss.person.actor)
        assert ([item.status for item in items(batch)], money(boss)) == (["CANC", "ACSP"], (1000, 200))

    def test_refuses_what_is_not_covered_in_the_order_of_the_file(self, rail: RunningRail) -> None:
        boss = employer("10.00")
        batch = boss.pay([out(600), *boss.transfers(500), out(300), out(200), *boss.transfers(100)])
        assert (batch.status, outcomes(batch)) == ("PART", ["ACSP", "AM04", "ACSP", "AM04", "ACCC"])
        assert money(boss) == (900, 900)
        refused = items(batch)[3]
        assert (refused.kind, refused.refusal) == ("external", "insufficient_funds")
        assert not RailTransfer.objects.filter(payment_id=refused.id).exists()

    def test_sets_fees_aside_too(self, rail: RunningRail) -> None:
        boss = employer("10.00")
        set_fee()
        try:
            batch = boss.pay([out(400), out(530), out(500)])
        finally:
            set_fee(NONE)
        assert (outcomes(batch), money(boss)) == (["ACSP", "AM04", "ACSP"], (1000, 971))
        assert [item.fee for item in items(batch)] == [35, 0, 36]
        drive_until(batch, "ACCC", "RJCT", "ACCC")
        assert money(boss) == (29, 0)

    def test_pays_a_number_of_this_bank_inside_it(self, rail: RunningRail) -> None:
        boss = employer("10.00")
        here = boss.staff[0].iban
        batch = boss.pay([out(100, iban=here), out(100, iban=iban_of("00000000"))])
        first, second = items(batch)
        assert (first.kind, first.status, first.creditor_account_id) == ("internal", "ACCC", boss.staff[0].id)
        assert (second.kind, second.reason_code, batch.status) == ("internal", "AC03", "PART")

    def test_ends_as_if_each_had_been_sent_alone(self, rail: RunningRail) -> None:
        for status in ("ENABLED", "DEBIT_BLOCKED", "FROZEN"):
            results = []
            for alone in (True, False):
                boss = employer("10.00")
                wanted = [out(400), *boss.transfers(300), out(0), out(301), out(300)]
                if status != "ENABLED":
                    restricted(boss.debtor, status)
                if alone:
                    orders = [
                        PaymentOrder(boss.debtor.id, t.amount, t.creditor_account, t.creditor) for t in wanted
                    ]
                    made = [make_payment(order, by=boss.person.actor) for order in orders]
                else:
                    made = items(boss.pay(wanted))
                results.append(([(p.kind, p.status, p.refusal) for p in made], money(boss)))
            assert results[0] == results[1]

    def test_without_a_rail_is_refused_as_alone(self, db: None) -> None:
        boss = employer("10.00")
        batch = boss.pay([out(100), *boss.transfers(100)])
        assert (outcomes(batch), money(boss)) == (["AB08", "ACCC"], (900, 0))

    def test_costs_as_many_statements_for_many_as_for_two(self, rail: RunningRail) -> None:
        counts = []
        for size in (2, 12):
            boss = employer("10.00", staff=size)
            by_number = [out(1, iban=str(account.iban)) for account in boss.staff]
            wanted = [*boss.transfers(1), *by_number, *[out(1)] * size]
            batch = boss.announce(wanted)
            with CaptureQueriesContext(connection) as queries:
                boss.execute(batch, wanted)
            counts.append(len(queries))
        assert counts[0] == counts[1] <= 19


class TestAtomic:
    def test_is_refused_when_one_leaves_and_nothing_of_it_is_kept(self, rail: RunningRail) -> None:
        boss = employer("10.00")
        wanted = [*boss.transfers(100), out(100)]
        batch = boss.announce(wanted, "atomic")
        with pytest.raises(AtomicBatchLeaves):
            boss.execute(batch, wanted)
        assert (PaymentBatch.objects.get(id=batch.id).status, items(batch), money(boss)) == (
            "RCVD",
            [],
            (1000, 0),
        )

    def test_may_name_numbers_of_this_bank(self, rail: RunningRail) -> None:
        boss = employer("10.00")
        batch = boss.pay([out(100, iban=boss.staff[0].iban), *boss.transfers(100)], "atomic")
        assert (batch.status, money(boss)) == ("ACCC", (800, 0))


class TestWhileTheRailIsDown:
    def test_the_file_changes_nothing_and_may_come_again(self, rail: RunningRail) -> None:
        boss = employer("10.00")
        wanted, inside = [*boss.transfers(100), out(100)], boss.transfers(50)
        batch, other = boss.announce(wanted), boss.announce(inside)
        for _ in range(5):
            with pytest.raises(ValueError, match="bad"), the_rail.BREAKER.guarding(ValueError):
                raise ValueError("bad")
        with pytest.raises(RailDown):
            boss.execute(batch, wanted)
        assert (items(batch), money(boss)) == ([], (1000, 0))
        assert boss.execute(other, inside).status == "ACCC"
        the_rail.BREAKER.reset()
        assert boss.execute(batch, wanted).status == "ACSP"


class TestRaces:
    def test_the_same_file_ten_times_at_once_sets_aside_once(self, rail: RunningRail) -> None:
        boss = employer("10.00")
        wanted = [out(300), *boss.transfers(100), out(200)]
        batch = boss.announce(wanted)
        assert set(all_at_once(10, lambda: boss.execute(batch, wanted).status)) == {"ACSP"}
        assert money(boss) == (900, 500)
        assert Hold.objects.filter(account_id=boss.debtor.id, status="OPEN").count() == 2

    def test_beside_single_payments_nothing_is_promised_twice(self, rail: RunningRail) -> None:
        boss = employer("10.00")
        wanted = [out(100)] * 10
        batch = boss.announce(wanted)
        single = PaymentOrder(boss.debtor.id, Money(100, "GBP"), creditor=Outside("Payee Ok", IBAN))

        def act(number: int) -> None:
            if number:
                make_payment(single, by=boss.person.actor)
            else:
                boss.execute(batch, wanted)

        all_at_once(7, act)
        taken = Payment.objects.filter(debtor_account_id=boss.debtor.id, status="ACSP").count()
        assert (taken, money(boss)) == (10, (1000, 1000))


class TestOverTheDoors:
    def test_a_file_names_creditors_elsewhere_and_the_report_says_them(self, rail: RunningRail) -> None:
        boss = employer("10.00")
        app, wanted = signed_in(boss.person.user), [*boss.transfers(100), out(200)]
        path = f"/payment-batches/{announce(app, boss, wanted).json['id']}"
        sent = app.put(f"{path}/file", file_of(wanted))
        assert (sent.status, sent.json["status"]) == (200, "ACSP")
        lines = app.get(f"{path}/report").json["data"]
        assert [line["creditor"] for line in lines] == [None, {"name": "Payee Ok", "iban": IBAN}]
        assert app.get(f"/payments/{lines[1]['payment']}").json["status"] == "ACSP"

    def test_an_atomic_one_is_refused_in_clear_words(self, rail: RunningRail) -> None:
        boss = employer("10.00")
        app, wanted = signed_in(boss.person.user), [out(200)]
        batch = announce(app, boss, wanted, mode="atomic").json
        refused = app.put(f"/payment-batches/{batch['id']}/file", file_of(wanted))
        assert (refused.status, refused.json["code"]) == (422, "atomic_batch_leaves")


class TestDatabaseRules:
    @pytest.mark.parametrize("status", ["ACCC", "PART", "RJCT"])
    def test_a_batch_says_what_became_of_its_payments(
        self, db: None, rail_beside_db: RunningRail, monkeypatch: pytest.MonkeyPatch, status: str
    ) -> None:
        boss = employer("10.00")
        batch = boss.announce([out(100)])
        monkeypatch.setattr("payments.operations.batches._status", lambda *_: status)
        with pytest.raises(IntegrityError, match="not what was announced"), transaction.atomic():  # noqa: PT012
            boss.execute(batch, [out(100)])
            connection.check_constraints()

    def test_an_atomic_one_never_waits_for_the_rail(self, db: None) -> None:
        boss = employer("10.00")
        batch = boss.announce(boss.transfers(100), "atomic")
        with pytest.raises(IntegrityError, match="atomic_batch_is_all_or_none"), transaction.atomic():
            PaymentBatch.objects.filter(id=batch.id).update(status="ACSP", executed_at="2026-01-01T00:00:00Z")
