"""Payee checks and the payees a customer keeps: whose an account is, as far as one may know it."""

from typing import Any
from uuid import uuid4

import psycopg
import pytest

from accounts.account_numbers import iban_of
from accounts.models import Account, Customer
from bank.access import rate_limits
from bank.public_ids import decode, new
from payments.errors import PayeeExists, PayeeNotFound
from payments.models import Payee, Payment
from payments.operations.payees import add_payee, check_payee, check_payee_again, remove_payee
from payments.queries import get_payee, list_payees, payee_checks
from payments.queries.payee_checks import PayeeCheck
from tests.oauth.threads import all_at_once
from tests.payments.test_make_payment import balance
from tests.support.customers import Someone, someone
from tests.support.own_app import signed_in
from tests.support.staff import agreed

ELSEWHERE = "DE89370400440532013000"


def named(given_name: str, family_name: str) -> tuple[Someone, Account]:
    """Take on a customer of this name, with an account."""
    person = someone()
    customer = Customer.objects.get(id=person.customer_id)
    customer.given_name, customer.family_name = given_name, family_name
    customer.save(update_fields=["given_name", "family_name"])
    return person, person.account()


class TestCheck:
    @pytest.mark.parametrize(
        ("name", "expected"),
        [
            ("bella BAKER", PayeeCheck("match")),
            ("B. Baker", PayeeCheck("close_match", "Bella Baker")),
            ("Carl Cook", PayeeCheck("no_match")),
        ],
    )
    def test_says_the_right_name_of_a_close_match_alone(self, db: None, name: str, expected: Any) -> None:
        _, account = named("Bella", "Baker")
        assert check_payee(name=name, iban=str(account.iban), by=someone().actor) == expected

    def test_knows_joint_holders_and_no_viewers(self, real_db: None) -> None:
        _, account = named("Bella", "Baker")
        joint, viewer = named("Jo", "Joiner")[0], named("Vera", "Viewer")[0]
        agreed("account.holder", account.id, customer=joint.customer_id, role="joint")
        agreed("account.holder", account.id, customer=viewer.customer_id, role="viewer")
        results = [
            check_payee(name=name, iban=str(account.iban), by=joint.actor).result
            for name in ("Bella Baker", "Jo Joiner", "Vera Viewer")
        ]
        assert results == ["match", "match", "no_match"]

    def test_a_number_nobody_has_is_like_a_wrong_name(self, db: None) -> None:
        found = check_payee(name="Bella Baker", iban=iban_of("00000000"), by=someone().actor)
        assert found == PayeeCheck("no_match")

    def test_elsewhere_the_rail_is_asked_once_it_is_connected(
        self, db: None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        by = someone().actor
        assert check_payee(name="Otto", iban=ELSEWHERE, by=by).result == "not_available"
        monkeypatch.setattr(payee_checks, "_asked_elsewhere", [])
        known = {(ELSEWHERE, "Otto"): PayeeCheck("match")}
        payee_checks.connect(lambda iban, name: known[iban, name])
        assert check_payee(name="Otto", iban=ELSEWHERE, by=by).result == "match"


class TestKept:
    def test_are_ones_own(self, db: None) -> None:
        person, (_, account) = someone(), named("Bella", "Baker")
        payee, found = add_payee(name="B Baker", iban=str(account.iban), by=person.actor)
        assert (payee.check_result, found.name) == ("close_match", "Bella Baker")
        assert [p.id for p in list_payees(owned_by=person.actor)] == [payee.id]
        app = person.app([person.account()])
        for stranger in (someone().actor, app):
            assert list_payees(owned_by=stranger) == []
            with pytest.raises(PayeeNotFound):
                remove_payee(payee.id, by=stranger)

    def test_are_checked_again(self, db: None) -> None:
        person, (other, account) = someone(), named("Bella", "Baker")
        payee, _ = add_payee(name="Bella Baker", iban=str(account.iban), by=person.actor)
        customer = Customer.objects.get(id=other.customer_id)
        customer.family_name = "Cook"
        customer.save(update_fields=["family_name"])
        again, _ = check_payee_again(payee.id, by=person.actor)
        assert (again.check_result, again.version) == ("no_match", 2)

    def test_each_number_once_also_for_ten_at_once(self, real_db: None) -> None:
        person = someone()

        def add() -> str:
            try:
                return add_payee(name="Otto", iban=ELSEWHERE, by=person.actor)[0].id
            except PayeeExists:
                return ""

        assert len([payee for payee in all_at_once(10, add) if payee]) == 1
        assert add_payee(name="Otto", iban=ELSEWHERE, by=someone().actor)

    def test_lie_encrypted_and_go_for_good(self, real_db: None, superuser_url: str) -> None:
        person = someone()
        payee, _ = add_payee(name="Otto Unverwechselbar", iban=ELSEWHERE, by=person.actor)
        with psycopg.connect(superuser_url) as outside:
            row = outside.execute(
                "SELECT to_jsonb(p)::text || encode(p.name, 'escape') || encode(p.iban, 'escape')"
                " FROM payments_payee p WHERE id = %s",
                [decode("pye", payee.id)],
            ).fetchone()
        assert row
        assert "Unverwechselbar" not in row[0]
        assert ELSEWHERE not in row[0]
        remove_payee(payee.id, by=person.actor)
        assert not Payee.objects.filter(id=payee.id).exists()

    def test_do_not_open_under_another_customers_key(self, db: None) -> None:
        person, other = someone(), someone()
        payee, _ = add_payee(name="Otto", iban=ELSEWHERE, by=person.actor)
        Payee.objects.filter(id=payee.id).update(customer_id=other.customer_id)
        with pytest.raises(Exception, match="another person"):
            str(get_payee(payee.id, owned_by=other.actor).name)


class TestApi:
    def test_the_whole_way(self, real_db: None) -> None:
        person, (_, account) = someone(), named("Bella", "Baker")
        debtor, app = person.account("10.00"), signed_in(person.user)
        checked = app.post("/payee-checks", {"name": "Carl Cook", "iban": account.iban})
        assert (checked.status, checked.json) == (200, {"result": "no_match", "name": None})
        added = app.post("/payees", {"name": "B Baker", "iban": account.iban})
        assert (added.status, added.json["check"]) == (201, {"result": "close_match", "name": "Bella Baker"})
        path = f"/payees/{added.json['id']}"
        assert app.get(path).json["check"] == {"result": "close_match", "name": None}
        assert app.post("/payees", {"name": "B", "iban": account.iban}).json["code"] == "payee_exists"
        assert app.post(f"{path}/check").json["check"]["name"] == "Bella Baker"
        paid = app.post(
            "/payments",
            {
                "debtor_account": debtor.id,
                "creditor": {"payee": added.json["id"]},
                "amount": {"amount": "4.00", "currency": "GBP"},
            },
        )
        assert (paid.status, paid.json["status"], balance(account)) == (201, "ACCC", 400)
        assert app.client.call("DELETE", f"/v1{path}", app.token).status == 204
        assert app.get(path).status == 404

    def test_a_payee_elsewhere_is_a_creditor_outside(self, real_db: None) -> None:
        person = someone()
        debtor, app = person.account("10.00"), signed_in(person.user)
        payee, _ = add_payee(name="Otto", iban=ELSEWHERE, by=person.actor)
        body = {"debtor_account": debtor.id, "amount": {"amount": "4.00", "currency": "GBP"}}
        app.post("/payments", {**body, "creditor": {"payee": payee.id}})
        kept = Payment.objects.get(debtor_account_id=debtor.id)
        assert (kept.kind, kept.creditor_name, kept.creditor_iban) == ("external", "Otto", ELSEWHERE)

    @pytest.mark.parametrize(
        "creditor",
        [{"payee": new("pye"), "name": "x", "iban": ELSEWHERE}, {"name": "x"}, {}, {"payee": "pye_1"}],
    )
    def test_one_creditor_is_named_in_one_way(self, real_db: None, creditor: dict[str, str]) -> None:
        person = someone()
        body = {"debtor_account": person.account().id, "amount": {"amount": "4.00", "currency": "GBP"}}
        assert signed_in(person.user).post("/payments", {**body, "creditor": creditor}).status == 400

    def test_somebody_elses_payee_is_not_found(self, real_db: None) -> None:
        person, other = someone(), someone()
        payee, _ = add_payee(name="Otto", iban=ELSEWHERE, by=other.actor)
        body = {"debtor_account": person.account("9.00").id, "amount": {"amount": "4.00", "currency": "GBP"}}
        app = signed_in(person.user)
        for which in (payee.id, new("pye")):
            answer = app.post("/payments", {**body, "creditor": {"payee": which}})
            assert (answer.status, answer.json["code"]) == (404, "payee_not_found")

    def test_a_wrong_number_is_refused(self, real_db: None) -> None:
        app = signed_in(someone().user)
        answer = app.post("/payee-checks", {"name": "x", "iban": "GB00HARB04000400000000"})
        assert (answer.status, answer.json["errors"][0]["pointer"]) == (400, "/iban")

    @pytest.mark.parametrize("name", ["123", "---", "☎ 42", "٣"])
    def test_a_name_without_a_letter_is_refused(self, real_db: None, name: str) -> None:
        app, number = signed_in(someone().user), "GB33BUKB20201555555555"
        for path in ("/payee-checks", "/payees"):
            answer = app.post(path, {"name": name, "iban": number})
            assert (answer.status, answer.json["errors"][0]["pointer"]) == (400, "/name")
            assert answer.json["errors"][0]["code"] == "not_a_name"
        order = {"debtor_account": "acc_x", "creditor": {"name": name, "iban": number}}
        answer = app.post("/payments", order)
        assert "/creditor/name" in [error["pointer"] for error in answer.json["errors"]]

    @pytest.mark.parametrize("name", ["3M", "李", "Ø", "حسن", "7 Days"])
    def test_a_name_with_a_letter_of_any_script_is_taken(self, real_db: None, name: str) -> None:
        app = signed_in(someone().user)
        assert app.post("/payees", {"name": name, "iban": "GB33BUKB20201555555555"}).status == 201

    def test_asking_often_is_slowed_down(self, real_db: None, settings: Any) -> None:
        settings.RATE_LIMIT_FACTOR = 1
        app = signed_in(someone().user)
        most, _ = rate_limits.rate_of("payee_checks", "user")
        asked = {"name": "x", "iban": ELSEWHERE}
        statuses = [
            app.post(path, asked, key=uuid4().hex).status
            for path in [*["/payee-checks"] * most, "/payee-checks", "/payees"]
        ]
        assert statuses == [200] * most + [429, 429]
