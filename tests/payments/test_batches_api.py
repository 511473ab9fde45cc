"""Batches over the real doors: announced, sent, read, reported; strict, large, and nobody else's."""

import json
from hashlib import sha256
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from rest_framework.exceptions import ValidationError

from accounts.money import Money
from bank.errors import BankError
from bank.public_ids import new
from bank.wire.serializers import reader_of
from payments.api.batch_files import TransferSerializer, read_transfers
from payments.models import Payment
from payments.rules.batches import MOST_TRANSFERS, Transfer
from tests.payments.batching import Employer, digest, employer, file_of
from tests.payments.test_api import connect
from tests.payments.test_make_payment import balance
from tests.support.customers import someone
from tests.support.examples import examples
from tests.support.fapi_client import Reply
from tests.support.own_app import OwnApp, signed_in


def announce(app: OwnApp, boss: Employer, transfers: list[Transfer], **changes: Any) -> Reply:
    total = sum(transfer.amount.minor for transfer in transfers)
    body = {
        "debtor_account": boss.debtor.id,
        "mode": "per_item",
        "number_of_transactions": len(transfers),
        "control_sum": {"amount": f"{total // 100}.{total % 100:02}", "currency": "GBP"},
        "sha256": digest(transfers),
        **changes,
    }
    return app.post("/payment-batches", body, key=uuid4().hex)


class TestTheWholeWay:
    def test_a_batch_is_announced_sent_and_reported_on(self, real_db: None) -> None:
        boss = employer("10.00")
        app, wanted = signed_in(boss.person.user), boss.transfers(600, 500, 400)
        announced = announce(app, boss, wanted)
        assert (announced.status, announced.json["status"]) == (201, "RCVD")
        path = f"/payment-batches/{announced.json['id']}"
        assert app.get(path).json["number_of_transactions_per_status"] == []
        sent = app.put(f"{path}/file", file_of(wanted))
        assert (sent.status, sent.json["status"]) == (200, "PART")
        assert app.put(f"{path}/file", file_of(wanted)).json == sent.json
        counts = [
            {"status": "ACCC", "number_of_transactions": 2},
            {"status": "RJCT", "number_of_transactions": 1},
        ]
        assert app.get(path).json == {**sent.json, "number_of_transactions_per_status": counts}
        first = app.get(f"{path}/report?limit=2").json
        second = app.get(f"{path}/report?limit=2&cursor={first['next_cursor']}").json
        lines = [*first["data"], *second["data"]]
        assert [(line["item"], line["status"], line["code"]) for line in lines] == [
            (1, "ACCC", None),
            (2, "RJCT", "insufficient_funds"),
            (3, "ACCC", None),
        ]
        assert app.get(f"/payments/{lines[0]['payment']}").json["amount"]["amount"] == "6.00"
        assert balance(boss.debtor) == 0
        assert [row["id"] for row in app.get("/payment-batches").json["data"]] == [announced.json["id"]]

    def test_another_file_is_refused_and_the_right_one_may_still_come(self, real_db: None) -> None:
        boss = employer("10.00")
        app, wanted = signed_in(boss.person.user), boss.transfers(100)
        path = f"/payment-batches/{announce(app, boss, wanted).json['id']}/file"
        refused = app.put(path, file_of(boss.transfers(101)))
        assert (refused.status, refused.json["code"]) == (422, "batch_hash_mismatch")
        assert app.put(path, file_of(wanted)).json["status"] == "ACCC"

    def test_the_count_and_the_sum_are_checked_too(self, real_db: None) -> None:
        boss = employer("10.00")
        app, wanted = signed_in(boss.person.user), boss.transfers(100, 200)
        for change, code in (
            ({"number_of_transactions": 3}, "batch_count_mismatch"),
            ({"control_sum": {"amount": "3.01", "currency": "GBP"}}, "batch_sum_mismatch"),
        ):
            batch = announce(app, boss, wanted, **change).json
            refused = app.put(f"/payment-batches/{batch['id']}/file", file_of(wanted))
            assert (refused.status, refused.json["code"]) == (422, code)
        assert balance(boss.debtor) == 1000

    def test_somebody_elses_is_not_found(self, real_db: None) -> None:
        boss, stranger = employer("10.00"), someone()
        wanted = boss.transfers(100)
        batch = boss.announce(wanted)
        app = signed_in(stranger.user)
        for answer in (
            app.get(f"/payment-batches/{batch.id}"),
            app.get(f"/payment-batches/{batch.id}/report"),
            app.put(f"/payment-batches/{batch.id}/file", file_of(wanted)),
            app.get(f"/payment-batches/{new('bat')}"),
        ):
            assert (answer.status, answer.json["code"]) == (404, "batch_not_found")

    def test_a_third_party_cannot_be_given_the_right(self, real_db: None) -> None:
        boss = employer("10.00")
        client, token = connect(boss.person, boss.debtor)
        assert client.call("GET", "/v1/payment-batches", token).status == 403

    def test_wants_two_factors(self, real_db: None) -> None:
        boss = employer("10.00")
        batch = boss.announce(boss.transfers(100))
        weak = signed_in(boss.person.user, factors=1)
        assert weak.put(f"/payment-batches/{batch.id}/file", file_of(boss.transfers(100))).status == 401


class TestFile:
    def test_says_where_each_mistake_is(self, real_db: None) -> None:
        boss = employer("10.00")
        app, wanted = signed_in(boss.person.user), boss.transfers(100)
        path = f"/payment-batches/{boss.announce(wanted).id}/file"
        good = json.loads(file_of(wanted))["credit_transfers"][0]
        for entry, pointer in (
            ({**good, "amount": {"amount": 1, "currency": "GBP"}}, "/credit_transfers/0/amount/amount"),
            ({**good, "creditor_account": "acc_1"}, "/credit_transfers/0/creditor_account"),
            ({**good, "reference": "4111 1111 1111 1111"}, "/credit_transfers/0/reference"),
            ({**good, "note": "x"}, "/credit_transfers/0/note"),
        ):
            answer = app.put(path, json.dumps({"credit_transfers": [entry]}).encode())
            assert (answer.status, answer.json["errors"][0]["pointer"]) == (400, pointer)
        beside = app.put(path, json.dumps({"credit_transfers": [good], "no/te": "x"}).encode())
        assert [(error["pointer"], error["code"]) for error in beside.json["errors"]] == [
            ("/no~1te", "unknown")
        ]
        for body in (
            b"",
            b"{}",
            b'{"credit_transfers": []}',
            b'{"credit_transfers": [], "credit_transfers": []}',
            b"[",
        ):
            assert app.put(path, body).status == 400
        assert not Payment.objects.filter(debtor_account_id=boss.debtor.id).exists()

    def test_may_be_larger_than_any_other_body_and_no_larger_than_that(self, real_db: None) -> None:
        boss = employer("10.00")
        app = signed_in(boss.person.user)
        wanted = boss.transfers(*[1] * 500)
        file = file_of(wanted) + b" " * settings.MAX_BODY_BYTES
        batch = announce(app, boss, wanted, sha256=sha256(file).hexdigest()).json
        path = f"/payment-batches/{batch['id']}"
        assert app.put(f"{path}/file", file + b" " * settings.MAX_FILE_BYTES).status == 413
        assert app.put(path, file).status == 413
        assert app.client.call("POST", f"/v1{path}/file", app.token, file).status == 413
        assert app.put(f"{path}/file", file).json["status"] == "ACCC"

    def test_holds_ten_thousand_payments_at_most(self) -> None:
        entry = json.loads(file_of([Transfer(new("acc"), Money(10**14, "GBP"))]))["credit_transfers"][0]
        assert len(read_transfers({"credit_transfers": [entry] * MOST_TRANSFERS})) == MOST_TRANSFERS
        with pytest.raises(BankError):
            read_transfers({"credit_transfers": [entry] * (MOST_TRANSFERS + 1)})
        worst = json.dumps([{**entry, "reference": "r" * 140, "end_to_end_id": "e" * 35}])
        assert len(worst) * MOST_TRANSFERS < settings.MAX_FILE_BYTES


TEXT = st.sampled_from(
    ["", "rent", " rent", "r" * 35, "r" * 36, "r" * 141, "4111111111111111", 7, None, ["x"]]
)
AMOUNT = st.sampled_from(["1.00", "1", "0", "1.001", "01", "1e2", "٣", 1, None])
ENTRY = st.fixed_dictionaries(
    {
        "creditor_account": st.sampled_from([new("acc"), new("pay"), "acc_", 3]),
        "amount": st.one_of(
            st.fixed_dictionaries(
                {"amount": AMOUNT, "currency": st.sampled_from(["GBP", "JPY", "gbp", "XXX", "", 1])},
                optional={"more": st.just("x")},
            ),
            st.sampled_from(["1.00", None, []]),
        ),
    },
    optional={"reference": TEXT, "end_to_end_id": TEXT, "surprise": st.just("x")},
)


class TestTheShortWay:
    @given(entry=ENTRY)
    @hypothesis_settings(max_examples=examples(300), suppress_health_check=list(HealthCheck))
    def test_reads_what_the_serializer_reads(self, entry: dict[str, Any]) -> None:
        try:
            expected = Transfer(**reader_of(TransferSerializer).run_validation(entry))
        except ValidationError:
            with pytest.raises(BankError):
                read_transfers({"credit_transfers": [entry]})
        else:
            assert read_transfers({"credit_transfers": [entry]}) == [expected]
