"""Money given back: never more than was paid, by however many at once; taken back once, by two of staff."""

from typing import Any

import psycopg
import pytest

from accounts.models import Account, Posting
from accounts.money import Money
from approvals import operations
from bank.access.roles import APPROVER, TELLER
from bank.errors import BankError
from bank.public_ids import decode, new
from oauth.models import User
from payments.errors import NotReturnable, NotTheOneWhoWasPaid, PaymentNotFound
from payments.models import Payment
from payments.operations import make_payment
from payments.operations.returns import refund_payment, reverse_payment
from tests.oauth.threads import all_at_once
from tests.payments.test_make_payment import balance, order
from tests.support.customers import move, someone
from tests.support.own_app import signed_in
from tests.support.staff import agreed, asked, officer


class Paid:
    """A payment of 10.00 from one customer to another."""

    def __init__(self, amount: str = "10.00") -> None:
        self.payer, self.payee = someone(), someone()
        self.debtor, self.creditor = self.payer.account("10.00"), self.payee.account()
        self.payment = make_payment(order(self.debtor, self.creditor, amount), by=self.payer.actor)

    def refund(self, amount: str, currency: str = "GBP") -> str:
        money = Money.parse(amount, currency)
        refund = refund_payment(self.payment.id, amount=money, by=self.payee.actor)
        return refund.reason_code or str(refund.status)

    @property
    def balances(self) -> tuple[int, int]:
        return balance(self.debtor), balance(self.creditor)


class TestRefundPayment:
    def test_gives_back_a_part_then_the_rest_and_no_more(self, db: None) -> None:
        paid = Paid()
        assert [paid.refund(amount) for amount in ("4.00", "6.01", "6.00", "0.01")] == [
            "ACCC", "AM09", "ACCC", "AM09",
        ]  # fmt: skip
        assert paid.balances == (1000, 0)

    @pytest.mark.parametrize(("amount", "currency", "reason"), [("0", "GBP", "AM01"), ("1", "EUR", "AM03")])
    def test_keeps_a_refused_one_with_its_reason(
        self, db: None, amount: str, currency: str, reason: str
    ) -> None:
        paid = Paid()
        assert paid.refund(amount, currency) == reason
        assert Payment.objects.get(original=paid.payment).status == "RJCT"

    def test_is_refused_when_the_money_is_gone(self, db: None) -> None:
        paid = Paid()
        move(paid.creditor, paid.payee.account(), "9.00")
        assert paid.refund("1.01") == "AM04"
        assert paid.refund("1.00") == "ACCC"

    def test_names_what_it_gives_back_and_has_its_event(self, db: None) -> None:
        paid = Paid()
        paid.refund("2.50")
        refund = Payment.objects.get(original=paid.payment)
        assert (refund.kind, refund.debtor_account_id) == ("refund", paid.creditor.id)
        assert Posting.objects.get(id=refund.posting_id).audit_event_id == refund.last_event_id

    def test_is_for_who_was_paid(self, real_db: None) -> None:
        paid, stranger = Paid(), someone()
        with pytest.raises(NotTheOneWhoWasPaid):
            refund_payment(paid.payment.id, amount=Money(1, "GBP"), by=paid.payer.actor)
        for nobody in (stranger.actor, paid.payee.app([paid.creditor])):
            with pytest.raises(PaymentNotFound):
                refund_payment(paid.payment.id, amount=Money(1, "GBP"), by=nobody)
        for payment_id in (new("pay"), "nonsense"):
            with pytest.raises(PaymentNotFound):
                refund_payment(payment_id, amount=Money(1, "GBP"), by=paid.payee.actor)

    def test_is_not_for_who_only_sees_the_account(self, db: None) -> None:
        payer, owner, viewer = someone(), someone(), someone()
        creditor = owner.account(holders={viewer.customer_id: "viewer"})
        payment = make_payment(order(payer.account("5.00"), creditor), by=payer.actor)
        with pytest.raises(NotTheOneWhoWasPaid):
            refund_payment(payment.id, amount=Money(1, "GBP"), by=viewer.actor)

    def test_is_of_a_payment_that_was_made_and_is_no_refund_itself(self, db: None) -> None:
        paid = Paid("10.01")
        with pytest.raises(NotReturnable):
            paid.refund("1.00")
        paid = Paid()
        paid.refund("5.00")
        refund = Payment.objects.get(original=paid.payment)
        with pytest.raises(NotReturnable):
            refund_payment(refund.id, amount=Money(1, "GBP"), by=paid.payer.actor)


class TestReversePayment:
    def test_takes_everything_back_when_two_agree(self, db: None) -> None:
        paid = Paid()
        agreed("payment.reverse", paid.payment.id)
        reversal = Payment.objects.get(original=paid.payment)
        assert (reversal.kind, reversal.status) == ("reversal", "ACCC")
        assert Posting.objects.get(id=reversal.posting_id).reverses_id == paid.payment.posting_id
        assert paid.balances == (1000, 0)

    def test_takes_back_what_refunds_left(self, db: None) -> None:
        paid = Paid()
        paid.refund("4.00")
        agreed("payment.reverse", paid.payment.id)
        assert paid.balances == (1000, 0)

    def test_happens_once(self, db: None) -> None:
        paid = Paid()
        agreed("payment.reverse", paid.payment.id)
        with pytest.raises(NotReturnable):
            asked("payment.reverse", paid.payment.id)
        with pytest.raises(NotReturnable):
            paid.refund("1.00")

    def test_leaves_everything_when_the_money_is_gone(self, real_db: None) -> None:
        paid = Paid()
        approval = asked("payment.reverse", paid.payment.id)
        move(paid.creditor, paid.payee.account(), "1.00")
        with pytest.raises(BankError) as refused:
            operations.approve(approval.id, digest=approval.payload_digest, by=officer(APPROVER))
        assert refused.value.reason_code == "AM04"
        assert not Payment.objects.filter(original=paid.payment).exists()
        assert operations.reject(approval.id, digest=approval.payload_digest, by=officer(APPROVER)).decided_at

    def test_is_not_done_without_approval_even_in_code(self, real_db: None) -> None:
        paid = Paid()
        with pytest.raises(Exception, match="nobody approved this"):
            reverse_payment(paid.payment.id, by=officer(TELLER))
        assert paid.balances == (0, 1000)


class TestRaces:
    def test_ten_refunds_of_three_out_of_ten_are_three(self, real_db: None) -> None:
        paid = Paid()
        done = all_at_once(10, lambda: paid.refund("3.00"))
        assert sorted(done) == ["ACCC"] * 3 + ["AM09"] * 7
        assert paid.balances == (900, 100)

    def test_refunds_and_a_reversal_at_once_give_back_what_was_paid(self, real_db: None) -> None:
        paid = Paid()
        approval, checker = asked("payment.reverse", paid.payment.id), officer(APPROVER)

        def act(number: int) -> str:
            try:
                if number == 3:
                    operations.approve(approval.id, digest=approval.payload_digest, by=checker)
                    return "reversed"
                return paid.refund("1.00")
            except BankError as error:
                return error.code

        done = all_at_once(8, act)
        assert set(done) <= {"ACCC", "AM09", "reversed", "target_changed", "not_returnable"}
        returned = 1000 if "reversed" in done else 100 * done.count("ACCC")
        assert paid.balances == (returned, 1000 - returned)


RETURN = """
    INSERT INTO payments_payment (id, kind, status, reason_code, refusal, debtor_account_id,
                                  creditor_account_id, amount, currency, reference, end_to_end_id, posting_id,
                                  original_id, uses_up_consent, version)
    SELECT gen_random_uuid(), %(kind)s, 'ACCC', '', '', p.creditor_account_id, p.debtor_account_id,
           %(amount)s, 'GBP', '', '', gen_random_uuid(), p.id, false, 1
      FROM payments_payment p WHERE p.id = %(id)s
"""


class TestDatabase:
    @pytest.mark.parametrize(
        ("kind", "amount", "error"),
        [
            ("refund", 1001, psycopg.errors.IntegrityConstraintViolation),
            ("reversal", 1000, psycopg.errors.InsufficientPrivilege),
        ],
    )
    def test_counts_and_asks_for_itself(
        self,
        real_db: None,
        database_urls: dict[str, str],
        kind: str,
        amount: int,
        error: type[psycopg.Error],
    ) -> None:
        paid = Paid()
        named = {"kind": kind, "amount": amount, "id": decode("pay", paid.payment.id)}
        with psycopg.connect(database_urls["bank_app"]) as psql, pytest.raises(error):
            psql.execute(RETURN, named)


class TestOverHttp:
    def test_refunds_and_lists_for_both_sides(self, db: None) -> None:
        paid = Paid()
        payer, payee = signed_in(paid.payer.user), signed_in(paid.payee.user)
        path = f"/payments/{paid.payment.id}/refunds"
        body: dict[str, Any] = {"amount": {"amount": "3.00", "currency": "GBP"}, "reference": "sorry"}
        made, again = (payee.post(path, body, key="r1") for _ in range(2))
        assert (made.status, made.json["kind"], made.json) == (201, "refund", again.json)
        assert made.json["original"] == paid.payment.id
        for app in (payer, payee):
            assert [row["id"] for row in app.get(path).json["data"]] == [made.json["id"]]
        body["amount"]["amount"] = "7.01"
        refused = payee.post(path, body)
        assert (refused.status, refused.json["reason_code"]) == (422, "AM09")
        assert payer.post(path, body).status == 403
        assert signed_in(someone().user).get(path).status == 404

    def test_asks_who_refunds_for_two_factors_as_for_a_payment(self, real_db: None) -> None:
        paid = Paid()
        body = {"amount": {"amount": "3.00", "currency": "GBP"}}
        refused = signed_in(paid.payee.user, factors=1).post(f"/payments/{paid.payment.id}/refunds", body)
        assert (refused.status, refused.json["code"]) == (401, "insufficient_user_authentication")
        assert not paid.payment.returns.exists()

    def test_reverses_by_two(self, db: None) -> None:
        paid = Paid()

        def staff(role: str) -> Any:
            return signed_in(User.objects.get(id=officer(role).user_id))

        said = staff(TELLER).post(f"/payments/{paid.payment.id}/reverse", {"reason": "fraud"})
        assert (said.status, said.json["changes"]) == (
            202, [{"field": "returned", "before": 0, "after": 1000}],
        )  # fmt: skip
        path = f"/approvals/{said.json['id']}/approve"
        assert staff(APPROVER).post(path, {"digest": said.json["digest"]}).status == 200
        assert Account.objects.get(id=paid.debtor.id).booked == 1000
        assert staff(TELLER).post("/payments/nonsense/reverse", {"reason": "x"}).status == 404
