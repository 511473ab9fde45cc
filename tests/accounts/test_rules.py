"""Rules of accounts, without a database."""

from datetime import datetime

import pytest

from accounts import rules
from accounts.account_numbers import iban_of, new_iban
from accounts.money import Money


class TestSumsToZero:
    def test_allows_two_lines_that_cancel_out(self) -> None:
        assert rules.sums_to_zero([Money(-5, "GBP"), Money(5, "GBP")])

    @pytest.mark.parametrize(
        "lines",
        [[], [Money(0, "GBP")], [Money(-5, "GBP"), Money(4, "GBP")], [Money(-5, "GBP"), Money(5, "EUR")]],
    )
    def test_refuses_lines_that_do_not(self, lines: list[Money]) -> None:
        assert not rules.sums_to_zero(lines)

    def test_holds_for_each_currency_alone(self) -> None:
        lines = [Money(-5, "GBP"), Money(5, "GBP"), Money(-7, "EUR"), Money(7, "EUR")]
        assert rules.sums_to_zero(lines)


class TestWhyNotShareable:
    @pytest.mark.parametrize("status", ["ENABLED", "FROZEN", "DEBIT_BLOCKED", "CREDIT_BLOCKED"])
    def test_is_silent_for_an_account_that_lives(self, status: str) -> None:
        assert rules.why_not_shareable(status, "owner") == ""

    @pytest.mark.parametrize(
        ("status", "role"), [("CLOSED", "owner"), ("PENDING", "owner"), ("ENABLED", "viewer")]
    )
    def test_says_why(self, status: str, role: str) -> None:
        assert rules.why_not_shareable(status, role)


class TestMayPay:
    @pytest.mark.parametrize(
        ("role", "may"), [("owner", True), ("joint", True), ("viewer", False), (None, False)]
    )
    def test_is_for_holders_not_viewers(self, role: str | None, may: bool) -> None:
        assert rules.may_pay(role) is may


class TestIban:
    def test_has_the_right_check_digits(self) -> None:
        for iban in (new_iban(), iban_of("00000000"), iban_of("99999999")):
            moved = iban[4:] + iban[:4]
            assert int("".join(str(int(letter, 36)) for letter in moved)) % 97 == 1
            assert len(iban) == 22


class TestSharedHistoryBegins:
    @pytest.mark.parametrize(
        ("now", "begins"),
        [("2026-11-24", "2025-11-24"), ("2028-02-29", "2027-02-28"), ("2029-02-28", "2028-02-28")],
    )
    def test_is_twelve_months_ago(self, now: str, begins: str) -> None:
        assert rules.shared_history_begins(datetime.fromisoformat(now)) == datetime.fromisoformat(begins)
