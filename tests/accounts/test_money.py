"""Money: whole minor units of one currency."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.money import CURRENCIES, CurrencyMismatch, InvalidAmount, Money

CURRENCY = st.sampled_from(sorted(CURRENCIES))
MINOR = st.integers(0, 10**13 - 1)  # thirteen digits before the point, at most


class TestParse:
    @pytest.mark.parametrize(
        ("text", "currency", "minor"),
        [
            ("10.00", "GBP", 1000),
            ("10", "GBP", 1000),
            ("0.1", "GBP", 10),
            ("7", "JPY", 7),
            ("1.234", "BHD", 1234),
        ],
    )
    def test_reads_what_people_write(self, text: str, currency: str, minor: int) -> None:
        assert Money.parse(text, currency) == Money(minor, currency)

    @pytest.mark.parametrize(
        "text",
        ["", "-1", "+1", "1.", ".5", "01", "1e2", "1_000", "1,000", " 1", "1 ", "\uff11", "\u0661", "NaN",
         "0x1", "1.00000", "1\n", "99999999999999"],
    )  # fmt: skip
    def test_refuses_everything_else(self, text: str) -> None:
        with pytest.raises(InvalidAmount):
            Money.parse(text, "GBP")

    @pytest.mark.parametrize(("text", "currency"), [("1.001", "GBP"), ("1.5", "JPY"), ("1.2345", "BHD")])
    def test_refuses_more_decimals_than_the_currency_has(self, text: str, currency: str) -> None:
        with pytest.raises(InvalidAmount):
            Money.parse(text, currency)

    @pytest.mark.parametrize("currency", ["gbp", "XXX", "", "GB"])
    def test_refuses_a_currency_the_bank_does_not_keep(self, currency: str) -> None:
        with pytest.raises(InvalidAmount):
            Money.parse("1", currency)

    @given(MINOR, CURRENCY)
    def test_reads_back_what_it_writes(self, minor: int, currency: str) -> None:
        money = Money(minor, currency)
        assert Money.parse(str(money), currency) == money


class TestMoney:
    @pytest.mark.parametrize("minor", [1.0, "1", True, None])
    def test_is_counted_in_integers_only(self, minor: object) -> None:
        with pytest.raises(TypeError):
            Money(minor, "GBP")  # type: ignore[arg-type]

    def test_is_never_mixed(self) -> None:
        with pytest.raises(CurrencyMismatch):
            Money(1, "GBP") + Money(1, "EUR")

    @given(st.integers(), st.integers(), CURRENCY)
    def test_adds_and_subtracts_exactly(self, one: int, other: int, currency: str) -> None:
        a, b = Money(one, currency), Money(other, currency)
        assert (a + b) - b == a
        assert (-a) + a == Money(0, currency)

    @pytest.mark.parametrize(
        ("minor", "text"), [(5, "0.05"), (-5, "-0.05"), (0, "0.00"), (123456, "1234.56")]
    )
    def test_is_written_with_exactly_the_currencys_decimals(self, minor: int, text: str) -> None:
        assert str(Money(minor, "GBP")) == text
