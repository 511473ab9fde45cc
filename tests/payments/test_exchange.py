"""Exchange: four lines that sum to zero in each currency, at a rate held once and for a minute."""

import datetime as dt
from decimal import Decimal
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from django.db import DatabaseError, transaction
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.exceptions import ValidationError

from accounts.models import Account, Entry
from accounts.money import MAX_MINOR, Money
from accounts.queries import get_internal_account
from bank import clock
from bank.errors import Refused
from bank.public_ids import decode, new
from bank.wire.serializers import reader_of
from payments.api.exchange import NewRateSerializer
from payments.errors import FxQuoteNotFound, NoRate, TooLittleToExchange
from payments.models import FxQuote, FxRate, Payment
from payments.operations import make_payment, refusal_of
from payments.operations.exchange import quote_exchange
from payments.operations.returns import refund_payment
from payments.rules import PaymentOrder
from payments.rules.exchange import exchange, plainly
from tests.oauth.threads import all_at_once
from tests.payments.approving import Asking
from tests.payments.test_make_payment import balance
from tests.support.customers import someone
from tests.support.own_app import signed_in
from tests.support.staff import agreed


@pytest.fixture
def rate(real_db: None) -> None:
    """1.1735 EUR for a pound."""
    set_to("GBP-EUR", "1.1735")


def set_to(pair: str, rate: str) -> None:
    kept = FxRate.objects.filter(id=pair).first()
    if kept is None or kept.rate != Decimal(rate):
        agreed("fx.rate", pair, rate=rate)


class Traveller:
    """Somebody with pounds and euros."""

    def __init__(self, pounds: str = "100.00") -> None:
        self.person = someone()
        self.pounds, self.euros = self.person.account(pounds), self.person.account(currency="EUR")

    def quote(self, amount: str = "10.00", currency: str = "GBP") -> FxQuote:
        money = Money.parse(amount, currency)
        return quote_exchange(money, unit_currency="GBP", quoted_currency="EUR", by=self.person.actor)

    def pay(self, quote: FxQuote | str, amount: str = "10.00", **other: Any) -> Payment:
        order = {
            "debtor_account": self.pounds.id,
            "amount": Money.parse(amount, "GBP"),
            "creditor_account": self.euros.id,
            "fx_quote": quote if isinstance(quote, str) else quote.id,
            **other,
        }
        return make_payment(PaymentOrder(**order), by=self.person.actor)


class TestExchange:
    @pytest.mark.parametrize(
        ("amount", "currency", "rate", "sell", "buy", "difference"),
        [
            ("10.00", "GBP", "1.1735", 1000, 1174, "0.005"),  # 11.735: half to even
            ("10.00", "GBP", "1.1725", 1000, 1172, "-0.005"),
            ("1.00", "GBP", "1.1735", 100, 117, "-0.0035"),
            ("11.74", "EUR", "1.1735", 1000, 1174, "0.005"),
        ],
    )
    def test_rounds_once_half_to_even_and_says_by_how_much(
        self, amount: str, currency: str, rate: str, sell: int, buy: int, difference: str
    ) -> None:
        found = exchange(
            Money.parse(amount, currency), Decimal(rate), unit_currency="GBP", quoted_currency="EUR"
        )
        assert (found.sell.minor, found.buy.minor) == (sell, buy)
        assert found.difference == Decimal(difference)

    def test_currencies_have_their_own_decimals(self) -> None:
        found = exchange(Money(12345, "GBP"), Decimal("190.25"), unit_currency="GBP", quoted_currency="JPY")
        assert (str(found.buy), plainly(found.difference)) == ("23486", "-0.3625")
        with pytest.raises(TooLittleToExchange):
            exchange(Money(1, "BHD"), Decimal("2.1"), unit_currency="BHD", quoted_currency="GBP")

    @given(minor=st.integers(1, MAX_MINOR), rate=st.decimals("0.00000001", "99999", places=8))
    def test_is_off_by_half_a_minor_unit_at_most(self, minor: int, rate: Decimal) -> None:
        try:
            found = exchange(Money(minor, "GBP"), rate, unit_currency="GBP", quoted_currency="EUR")
        except Refused:
            return
        assert abs(found.difference) <= Decimal("0.005")
        assert found.buy.minor == Decimal(minor) * rate + found.difference * 100


@pytest.mark.usefixtures("rate")
class TestPay:
    def test_four_lines_sum_to_zero_in_each_currency(self) -> None:
        traveller = Traveller()
        inside = [get_internal_account("fx", currency) for currency in ("GBP", "EUR")]
        before = [Account.objects.get(id=account).booked for account in inside]
        payment = traveller.pay(traveller.quote())
        assert (payment.kind, payment.status) == ("fx", "ACCC")
        assert (balance(traveller.pounds), balance(traveller.euros)) == (9000, 1174)
        lines = Entry.objects.filter(posting_id=payment.posting_id)
        assert len(lines) == 4
        for currency in ("GBP", "EUR"):
            moved = [
                e.amount if e.direction == "CRDT" else -e.amount for e in lines if e.currency == currency
            ]
            assert (len(moved), sum(moved)) == (2, 0)
        after = [Account.objects.get(id=account).booked for account in inside]
        assert [b - a for a, b in zip(before, after, strict=True)] == [1000, -1174]

    def test_a_quote_used_by_twenty_at_once_is_used_once(self) -> None:
        traveller = Traveller("1000.00")
        quote = traveller.quote()
        statuses = all_at_once(20, lambda: traveller.pay(quote).reason_code or "ACCC")
        assert sorted(statuses) == ["ACCC", *["AM05"] * 19]
        assert balance(traveller.pounds) == 99000

    def test_an_expired_one_is_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        traveller = Traveller()
        quote, now = traveller.quote(), clock.now()
        monkeypatch.setattr(clock, "now", lambda: now + dt.timedelta(seconds=61))
        assert traveller.pay(quote).refusal == "fx_quote_expired"
        assert balance(traveller.pounds) == 10000

    def test_a_refused_payment_leaves_it_to_be_used(self) -> None:
        traveller = Traveller("9.00")
        quote = traveller.quote()
        assert traveller.pay(quote).reason_code == "AM04"
        assert FxQuote.objects.get(id=quote.id).used_at is None

    @pytest.mark.parametrize(
        ("amount", "other", "refusal"),
        [("10.01", {}, "amount_not_as_quoted"), ("10.00", {"creditor_account": None}, "unknown_account")],
    )
    def test_what_was_quoted_is_paid_and_nothing_else(
        self, amount: str, other: dict[str, Any], refusal: str
    ) -> None:
        traveller = Traveller()
        payment = traveller.pay(traveller.quote(), amount, **other)
        assert (payment.refusal, balance(traveller.pounds)) == (refusal, 10000)

    def test_the_creditor_has_the_quoted_currency(self) -> None:
        traveller = Traveller()
        for currency in ("GBP", "USD"):
            other = someone().account(currency=currency)
            assert traveller.pay(traveller.quote(), creditor_account=other.id).reason_code == "AM03"

    def test_somebody_elses_is_not_found(self) -> None:
        traveller, other = Traveller(), Traveller()
        for quote in (other.quote().id, new("fxq"), "nonsense"):
            with pytest.raises(FxQuoteNotFound):
                traveller.pay(quote)

    def test_without_a_quote_currencies_do_not_mix(self) -> None:
        traveller = Traveller()
        payment = make_payment(
            PaymentOrder(traveller.pounds.id, Money(100, "GBP"), traveller.euros.id),
            by=traveller.person.actor,
        )
        assert payment.reason_code == "AM03"

    def test_is_not_given_back(self) -> None:
        traveller = Traveller()
        payment = traveller.pay(traveller.quote())
        with pytest.raises(Exception, match="nothing left"):
            refund_payment(payment.id, amount=Money(100, "EUR"), by=traveller.person.actor)

    def test_a_rate_that_is_not_kept_is_not_quoted(self) -> None:
        traveller = Traveller()
        for unit, quoted, amount in (("GBP", "AED", "1"), ("GBP", "EUR", "1")):
            money = Money.parse(amount, "AED" if quoted == "AED" else "USD")
            with pytest.raises(NoRate):
                quote_exchange(money, unit_currency=unit, quoted_currency=quoted, by=traveller.person.actor)
        set_to("JPY-GBP", "0.001")
        with pytest.raises(TooLittleToExchange):
            quote_exchange(
                Money(1, "JPY"), unit_currency="JPY", quoted_currency="GBP", by=traveller.person.actor
            )

    def test_a_consent_to_a_payment_is_not_one_to_an_exchange(self) -> None:
        asking = Asking()
        asking.approve(asking.payment())
        answer = asking.pay(fx_quote=new("fxq"))
        assert (answer.status, answer.json["code"]) == (403, "consent_mismatch")


@pytest.mark.usefixtures("rate")
class TestApi:
    def test_the_whole_way(self) -> None:
        traveller = Traveller()
        app = signed_in(traveller.person.user)
        asked = {
            "unit_currency": "GBP",
            "quoted_currency": "EUR",
            "amount": {"amount": "10.00", "currency": "GBP"},
        }
        quoted = app.post("/fx-quotes", asked)
        assert quoted.status == 201
        said = quoted.json
        assert (said["exchange_rate"], said["rounding"], said["rounding_difference"]) == (
            "1.1735",
            "half_even",
            "0.005",
        )
        body = {
            "debtor_account": traveller.pounds.id,
            "creditor_account": traveller.euros.id,
            "amount": said["sell"],
            "fx_quote": said["id"],
        }
        paid = app.post("/payments", body, key=uuid4().hex)
        assert (paid.status, paid.json["credited"]) == (201, {"amount": "11.74", "currency": "EUR"})
        again = app.post("/payments", body, key=uuid4().hex)
        assert (again.status, again.json["code"]) == (422, "fx_quote_used")

    @pytest.mark.parametrize("written", ["1.123456789", "0", "1e2", "-1", "", "01", "٣"])
    def test_a_rate_is_a_plain_decimal(self, written: str) -> None:
        asked = {"unit_currency": "GBP", "quoted_currency": "CHF", "reason": "market"}
        with pytest.raises(ValidationError):
            reader_of(NewRateSerializer).run_validation({**asked, "exchange_rate": written})


@pytest.mark.usefixtures("rate")
class TestDatabaseRules:
    def test_a_rate_is_approved_by_two(self) -> None:
        with pytest.raises(DatabaseError, match="nobody approved"), transaction.atomic():
            FxRate.objects.filter(id="GBP-EUR").update(rate=2)

    def test_a_quote_never_changes_and_is_used_once(self, database_urls: dict[str, str]) -> None:
        traveller = Traveller()
        quote = traveller.quote()
        traveller.pay(quote)
        with pytest.raises(DatabaseError, match="used once"), transaction.atomic():
            FxQuote.objects.filter(id=quote.id).update(used_at=None)
        change, asked = "UPDATE payments_fxquote SET buy = buy * 2 WHERE id = %s", [decode("fxq", quote.id)]
        with (
            psycopg.connect(database_urls["bank_app"]) as application,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            application.execute(change, asked)

    def test_refusals_can_be_said_again(self) -> None:
        traveller = Traveller()
        quote = traveller.quote()
        traveller.pay(quote)
        refusal = refusal_of(traveller.pay(quote))
        assert refusal is not None
        assert refusal.code == "fx_quote_used"
