"""Payees in the file of a batch: found together, one's own alone, and told apart by the watch as ever."""

import json
from hashlib import sha256
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.money import Money
from bank.public_ids import new
from payments.models import Payment, PaymentBatch
from payments.operations import make_payment
from payments.operations.payees import add_payee, remove_payee
from payments.queries.terms import Terms
from payments.rules import PaymentOrder
from payments.rules.batches import Transfer
from payments.rules.terms import Fee
from tests.payments.batching import Employer, employer, outcomes
from tests.payments.test_make_payment import balance
from tests.payments.test_payees import ELSEWHERE
from tests.support.customers import someone
from tests.support.own_app import signed_in

SOME_PAYEE = "pye_01jz3k5y8hf2f8v3x4m5n6p7q8"
AMOUNT = {"amount": "1.00", "currency": "GBP"}


def kept(boss: Employer) -> list[str]:
    """Keep everybody of the staff among one's payees."""
    return [add_payee(name="Staff", iban=each.iban, by=boss.person.actor)[0].id for each in boss.staff]


def to(payee: str, minor: int = 100) -> Transfer:
    return Transfer(None, Money(minor, "GBP"), payee=payee)


def items(batch: PaymentBatch) -> list[Payment]:
    return list(Payment.objects.filter(batch=batch).order_by("batch_item"))


class TestPayees:
    def test_are_paid_where_their_number_leads(self, db: None) -> None:
        boss = employer()
        first, second = kept(boss)
        batch = boss.pay([to(first, 100), *boss.transfers(20), to(second, 300), to(first, 1)])
        assert (batch.status, [balance(each) for each in boss.staff]) == ("ACCC", [101, 320])
        assert [item.kind for item in items(batch)] == ["internal"] * 4

    def test_elsewhere_are_creditors_outside(self, db: None) -> None:
        boss = employer()
        payee, _ = add_payee(name="Otto", iban=ELSEWHERE, by=boss.person.actor)
        [item] = items(boss.pay([to(payee.id)]))
        assert (item.kind, item.creditor_name, item.creditor_iban) == ("external", "Otto", ELSEWHERE)

    def test_of_others_and_none_at_all_are_refused_alike_and_alone(self, db: None) -> None:
        boss = employer()
        mine, removed = kept(boss)
        remove_payee(removed, by=boss.person.actor)
        theirs, _ = add_payee(name="Otto", iban=boss.staff[0].iban, by=someone().actor)
        batch = boss.pay([to(theirs.id), to(mine), to(new("pye")), to(removed)])
        assert (batch.status, outcomes(batch)) == ("PART", ["AC03", "ACCC", "AC03", "AC03"])
        refused = [item for item in items(batch) if item.status == "RJCT"]
        assert {
            (each.kind, each.refusal, each.creditor_account_id, each.creditor_name) for each in refused
        } == {("internal", "unknown_payee", None, None)}
        assert balance(boss.debtor) == 900

    def test_that_are_not_found_stop_an_atomic_batch(self, db: None) -> None:
        boss = employer()
        mine, _ = kept(boss)
        batch = boss.pay([to(mine), to(new("pye"))], "atomic")
        assert (batch.status, outcomes(batch)) == ("RJCT", ["ED05", "AC03"])

    def test_cost_two_statements_however_many(self, db: None) -> None:
        boss = employer("100.00", staff=12)
        payees, counts = kept(boss), []
        for wanted in (
            boss.transfers(1, 1),
            [to(each) for each in payees[:2]],
            [to(each) for each in payees],
        ):
            batch = boss.announce(wanted)
            with CaptureQueriesContext(connection) as queries:
                boss.execute(batch, wanted)
            counts.append(len(queries))
        assert counts[1:] == [counts[0] + 2] * 2


class TestFile:
    def send(self, boss: Employer, *creditors: Any) -> Any:
        """Announce and send a file with these creditors; return the answer and the batch's path."""
        app = signed_in(boss.person.user)
        file = json.dumps({"credit_transfers": [{"creditor": each, "amount": AMOUNT} for each in creditors]})
        body = {
            "debtor_account": boss.debtor.id,
            "mode": "per_item",
            "number_of_transactions": len(creditors),
            "control_sum": {"amount": f"{len(creditors)}.00", "currency": "GBP"},
            "sha256": sha256(file.encode()).hexdigest(),
        }
        path = f"/payment-batches/{app.post('/payment-batches', body, key=uuid4().hex).json['id']}"
        return app.put(f"{path}/file", file.encode()), app, path

    def test_names_payees_as_a_single_payment_does(self, real_db: None) -> None:
        boss = employer()
        mine, _ = kept(boss)
        answer, app, path = self.send(boss, {"payee": mine}, {"payee": new("pye")})
        assert (answer.status, answer.json["status"]) == (200, "PART")
        paid, refused = app.get(f"{path}/report").json["data"]
        assert (paid["status"], paid["creditor_account"]) == ("ACCC", boss.staff[0].id)
        assert (refused["status"], refused["reason_code"], refused["code"]) == (
            "RJCT",
            "AC03",
            "unknown_payee",
        )
        assert app.get(f"/payments/{refused['payment']}").json["status"] == "RJCT"

    @pytest.mark.parametrize(
        "creditor",
        [
            {"payee": SOME_PAYEE, "name": "x", "iban": ELSEWHERE},
            {"payee": SOME_PAYEE, "name": "x"},
            {"payee": "pye_1"},
            {"payee": "acc_01jz3k5y8hf2f8v3x4m5n6p7q8"},
            {"payee": SOME_PAYEE + "\x00"},
            {"payee": None},
            {"payee": [SOME_PAYEE]},
            {"payee": {"id": SOME_PAYEE}},
            {"name": "x"},
            {},
            [],
            SOME_PAYEE,
        ],
    )
    def test_refuses_whatever_else_is_said_where_a_payee_may_stand(
        self, real_db: None, creditor: Any
    ) -> None:
        boss = employer()
        mine, _ = kept(boss)
        answer, *_ = self.send(boss, {"payee": mine}, creditor)
        assert answer.status == 400
        assert answer.json["errors"][0]["pointer"].startswith("/credit_transfers/1/creditor")
        assert not Payment.objects.filter(debtor_account_id=boss.debtor.id).exists()


class TestTheTrail:
    def test_says_of_each_what_it_says_of_a_single_payment(
        self, real_db: None, superuser_url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        costly = Terms({"internal": Fee(5, 0, 0, None)}, has_limits=False)
        for module in ("payments", "batches"):
            monkeypatch.setattr(f"payments.operations.{module}.terms_in", lambda _: costly)
        boss = employer("3.20")
        wanted = [(boss.staff[0].id, 100), (boss.staff[1].id, 200), (boss.staff[0].id, 100), (new("acc"), 1)]
        alone = [
            make_payment(PaymentOrder(boss.debtor.id, Money(minor, "GBP"), account), by=boss.person.actor)
            for account, minor in wanted
        ]
        boss = Employer(boss.person, boss.person.account("3.20"), boss.staff)
        together = items(boss.pay([Transfer(account, Money(minor, "GBP")) for account, minor in wanted]))
        said = [[told(superuser_url, each) for each in payments] for payments in (alone, together)]
        assert said[0] == said[1]
        tags = [tagged for tagged, _ in said[0]]
        assert tags[0]["payee"] == tags[2]["payee"] != tags[1]["payee"]
        assert "payee" not in tags[3]
        assert ["fee.after" in changed for _, changed in said[0]] == [True, True, False, False]


def told(superuser_url: str, payment: Payment) -> tuple[dict[str, str], set[str]]:
    """Return the tags in a payment's event, and what it says has changed."""
    with psycopg.connect(superuser_url) as session:
        [[body]] = session.execute(
            "SELECT body FROM audit.outbox WHERE event_id = %s", [payment.last_event_id]
        )
    event = json.loads(body)
    return event.get("tags", {}), set(event["change"]) - {"batch.after", "creditor_account.after"}
