"""Rules of payments, without a database."""

import pytest

from accounts.errors import SameAccount
from accounts.money import MAX_MINOR, CurrencyMismatch, Money
from payments.errors import AmountOverLimit, ZeroAmount
from payments.rules import PaymentOrder, check_order


def order(**changes: object) -> PaymentOrder:
    fields = {"debtor_account": "acc_1", "creditor_account": "acc_2", "amount": Money(1, "GBP"), **changes}
    return PaymentOrder(**fields)  # type: ignore[arg-type]


class TestCheckOrder:
    def test_allows_a_penny_to_another_account(self) -> None:
        check_order(order(), debtor_currency="GBP")

    def test_refuses_nothing_at_all(self) -> None:
        with pytest.raises(ZeroAmount):
            check_order(order(amount=Money(0, "GBP")), debtor_currency="GBP")

    @pytest.mark.parametrize(("minor", "is_refused"), [(MAX_MINOR, False), (MAX_MINOR + 1, True)])
    def test_refuses_more_than_one_payment_moves(self, minor: int, is_refused: bool) -> None:
        try:
            check_order(order(amount=Money(minor, "GBP")), debtor_currency="GBP")
            assert not is_refused
        except AmountOverLimit:
            assert is_refused

    def test_refuses_a_payment_to_itself(self) -> None:
        with pytest.raises(SameAccount):
            check_order(order(creditor_account="acc_1"), debtor_currency="GBP")

    def test_refuses_another_currency(self) -> None:
        with pytest.raises(CurrencyMismatch):
            check_order(order(), debtor_currency="EUR")
