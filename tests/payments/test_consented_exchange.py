"""A consent to one payment across currencies: what leaves is fixed, the least that arrives is agreed to."""

import datetime as dt
import json
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from django.db import DatabaseError, IntegrityError, transaction

from accounts.money import Money
from audit.actor import Actor
from bank import clock
from oauth.errors import InvalidAccessToken
from payments.errors import ConsentMismatch
from payments.models import FxQuote, Payment
from payments.operations.exchange import quote_exchange
from tests.oauth.threads import all_at_once
from tests.payments.approving import Asking, app_of
from tests.payments.test_exchange import set_to
from tests.payments.test_language_of_consent import speak
from tests.payments.test_payment_consent import words_of
from tests.support.fapi_client import Reply
from tests.support.own_app import signed_in

pytestmark = pytest.mark.usefixtures("real_db")
GBP_42 = {"amount": "42.00", "currency": "GBP"}
NBSP = "\N{NO-BREAK SPACE}"


class Abroad(Asking):
    """An app that asks for a payment of pounds that arrives as euros: 49.29 at 1.1735."""

    def __init__(self, rate: str = "1.1735") -> None:
        super().__init__()
        set_to("GBP-EUR", rate)
        self.pounds, self.creditor = self.creditor, self.payee.account(currency="EUR", name="Shop EUR")

    def exchanged(self, least: str = "45.00", /, **changes: Any) -> dict[str, Any]:
        """Return the detail of a payment that is exchanged."""
        minimum = {"amount": least, "currency": "EUR"}
        terms = {"currency_of_transfer": "EUR", "rate_type": "INDICATIVE", "minimum_amount": minimum}
        return self.payment(exchange={**terms, **changes})

    def quote(self, **changes: Any) -> Reply:
        """Ask for a quote for exactly what was agreed to, or for another."""
        body = {"unit_currency": "GBP", "quoted_currency": "EUR", "amount": GBP_42, **changes}
        headers = {"Idempotency-Key": uuid4().hex}
        return self.client.call("POST", "/v1/fx-quotes", self.token, body, headers)

    def pay_by(self, quote: str, /, **changes: Any) -> Reply:
        return self.pay(fx_quote=quote, **changes)

    def quoted(self) -> str:
        answer = self.quote()
        assert answer.status == 201, answer.text
        return str(answer.json["id"])


@pytest.fixture
def asking() -> Abroad:
    return Abroad()


class TestAsking:
    @pytest.mark.parametrize(
        ("change", "said"),
        [
            ({"rate_type": "ACTUAL"}, "rate_type is INDICATIVE"),
            ({"rate_type": "AGREED"}, "rate_type is INDICATIVE"),
            ({"rate_type": "indicative"}, "/exchange/rate_type invalid_choice"),
            ({"rate_type": None}, "/exchange/rate_type"),
            ({"currency_of_transfer": "GBP"}, "leave exchange out"),
            ({"currency_of_transfer": "USD"}, "minimum_amount is more than zero, in currency_of_transfer"),
            ({"currency_of_transfer": "eur"}, "/exchange/currency_of_transfer"),
            ({"currency_of_transfer": 978}, "/exchange/currency_of_transfer"),
            ({"minimum_amount": {"amount": "45.00", "currency": "GBP"}}, "minimum_amount is more than zero"),
            ({"minimum_amount": {"amount": "0.00", "currency": "EUR"}}, "minimum_amount is more than zero"),
            ({"minimum_amount": {"amount": "45.001", "currency": "EUR"}}, "/exchange/minimum_amount"),
            ({"minimum_amount": {"amount": "-1.00", "currency": "EUR"}}, "/exchange/minimum_amount"),
            ({"minimum_amount": {"amount": 45, "currency": "EUR"}}, "/exchange/minimum_amount"),
            ({"minimum_amount": {"amount": "9999999999999", "currency": "EUR"}}, "49.29 EUR"),
            ({"minimum_amount": {"amount": "49.30", "currency": "EUR"}}, "more than arrives at today's rate"),
            ({"exchange_rate": "1.2"}, "/exchange/exchange_rate"),
        ],
    )
    def test_for_what_cannot_be_is_refused_and_says_why(
        self, asking: Abroad, change: dict[str, Any], said: str
    ) -> None:
        detail = asking.exchanged(**change)
        detail["exchange"] = {name: each for name, each in detail["exchange"].items() if each is not None}
        refused = asking.push(detail)
        assert (refused.status, refused.json["error"]) == (400, "invalid_authorization_details")
        assert said in refused.json["error_description"]

    @pytest.mark.parametrize("exchange", [None, [], "EUR", {}, {"currency_of_transfer": "EUR"}])
    def test_in_another_shape_is_refused(self, asking: Abroad, exchange: Any) -> None:
        refused = asking.push({**asking.payment(), "exchange": exchange})
        assert (refused.status, refused.json["error"]) == (400, "invalid_authorization_details")

    def test_for_the_most_that_arrives_today_is_taken(self, asking: Abroad) -> None:
        assert asking.push(asking.exchanged("49.29")).status == 201

    def test_names_an_account_in_the_currency_of_transfer(self, asking: Abroad) -> None:
        outside = {"name": "Café Lumen", "iban": "FR7630006000011234567890189"}
        for creditor in (
            {"creditor_account": asking.pounds.id},
            {"creditor_account": None, "creditor_name": None, "creditor": outside},
        ):
            detail = {**asking.exchanged(), **creditor}
            refused = asking.push({name: each for name, each in detail.items() if each is not None})
            assert refused.status == 400, creditor
            assert "Exchange needs a creditor_account in currency_of_transfer" in refused.text

    def test_for_currencies_without_a_rate_is_refused(self, asking: Abroad) -> None:
        asking.creditor = asking.payee.account(currency="SEK")
        least = {"amount": "1.00", "currency": "SEK"}
        refused = asking.push(asking.exchanged(currency_of_transfer="SEK", minimum_amount=least))
        assert "no rate between these currencies. (GBP-SEK)" in refused.json["error_description"]

    def test_needs_the_right_to_exchange(self, asking: Abroad) -> None:
        asking.client = app_of("openid payments:create payments:read")
        assert asking.push(asking.payment(creditor_account=asking.pounds.id)).status == 201
        refused = asking.push(asking.exchanged())
        assert (refused.status, refused.json["error"]) == (400, "invalid_authorization_details")
        assert "may not ask for what the details need" in refused.text

    def test_is_not_known_of_payments_within_limits(self, asking: Abroad) -> None:
        from tests.payments.test_recurring_consent import recurring

        refused = asking.push({**recurring(asking), "exchange": asking.exchanged()["exchange"]})
        assert (refused.status, refused.json["error"]) == (400, "invalid_authorization_details")


class TestPage:
    def test_says_what_leaves_what_arrives_and_the_least(self, asking: Abroad) -> None:
        page = asking.browser.open(asking.page(asking.exchanged()))
        words = words_of(page.text)
        assert "Leaves your account £42.00" in words
        assert "Arrives at today’s rate €49.29 (£1.00 = EUR 1.1735)" in words
        assert "Arrives at least €45.00, or nothing is paid" in words
        assert "Rate Fixed when the app pays." in words
        assert "it is not paid" not in words

    def test_says_it_in_french(self, asking: Abroad) -> None:
        speak(asking, "fr")
        words = words_of(asking.browser.open(asking.page(asking.exchanged())).text)
        assert f"Débité de votre compte 42,00{NBSP}£".replace(NBSP, " ") in words.replace(NBSP, " ")
        assert "Arrive au cours du jour 49,29 €" in words.replace(NBSP, " ")
        assert "Arrive au moins 45,00 €, sinon rien n’est payé" in words.replace(NBSP, " ")

    def test_warns_when_the_rate_has_fallen_below_the_least(self, asking: Abroad) -> None:
        url = asking.page(asking.exchanged())
        set_to("GBP-EUR", "1.05")
        words = words_of(asking.browser.open(url).text)
        assert "Arrives at today’s rate €44.10" in words
        assert "less would arrive than the least you are asked to agree to" in words

    def test_that_shows_another_rate_is_another_page(self, asking: Abroad) -> None:
        url = asking.page(asking.exchanged())
        shown = asking.browser.open(url)
        set_to("GBP-EUR", "1.1736")
        fields = {"decision": "share", "accounts": asking.debtor.id}
        again = asking.browser.submit(url, fields, page=shown)
        assert again.status == 422
        assert "has changed" in again.text
        assert "1.1736" in again.text

    def test_a_second_factor_counts_for_the_rate_that_was_shown(self, asking: Abroad) -> None:
        url = asking.page(asking.exchanged())
        question = asking.browser.decide(url, accounts=[asking.debtor.id])
        assert "€45.00, or nothing is paid" in words_of(question.text)
        set_to("GBP-EUR", "1.2")
        assert asking.confirm(url, question).answer["error"] == "access_denied"

    def test_offers_accounts_in_the_currency_that_leaves(self, asking: Abroad) -> None:
        euros = asking.person.account(currency="EUR", name="Euro")
        url = asking.page(asking.exchanged())
        assert "This account is in another currency" in words_of(asking.browser.open(url).text)
        assert asking.browser.decide(url, accounts=[euros.id]).status == 422

    def test_is_kept_with_the_consent_and_shown_on_the_receipt(self, asking: Abroad) -> None:
        granted = asking.approve(asking.exchanged())["authorization_details"][0]
        assert granted["exchange"] == asking.exchanged()["exchange"]
        assert ["Arrives at least", "€45.00, or nothing is paid"] in json.loads(asking.consent.shown)[
            "asked"
        ]["facts"]
        browser: Any = asking.browser.transport
        receipt = browser.browser.get(f"/account/apps/{asking.consent.id}/receipt/", secure=True)
        assert "€45.00, or nothing is paid" in receipt.content.decode()
        assert "It fits what the bank kept." in receipt.content.decode()


class TestPaying:
    def test_the_whole_way(self, asking: Abroad) -> None:
        told = asking.approve(asking.exchanged())
        assert {"payments:create", "fx:quote"} <= set(told["scope"].split())
        quote = asking.quote()
        assert (quote.status, quote.json["buy"]) == (201, {"amount": "49.29", "currency": "EUR"})
        paid = asking.pay_by(quote.json["id"])
        assert (paid.status, paid.json["kind"], paid.json["status"]) == (201, "fx", "ACCC"), paid.text
        assert paid.json["amount"] == GBP_42
        assert paid.json["credited"] == {"amount": "49.29", "currency": "EUR"}
        assert paid.json["fx_quote"] == quote.json["id"]
        assert (asking.booked(asking.debtor), asking.booked(asking.creditor)) == (5800, 4929)
        assert asking.consent.status == "COND"
        assert asking.get(f"/v1/payments/{paid.json['id']}").json == paid.json
        assert (asking.quote().status, asking.quote().json["code"]) == (403, "consent_used")

    def test_is_told_as_an_exchange_of_ones_own(self, asking: Abroad, superuser_url: str) -> None:
        asking.approve(asking.exchanged())
        quote = asking.quoted()
        paid = asking.pay_by(quote).json["id"]
        with psycopg.connect(superuser_url) as connection:
            rows = connection.execute("SELECT body FROM audit.outbox").fetchall()
        told = [json.loads(bytes(body)) for (body,) in rows]
        about = [event for event in told if event["target"]["id"] in (quote, paid)]
        assert {event["kind"] for event in about} == {"fx.quoted", "fx.quote_used", "payment.completed"}
        assert {event["on_behalf_of"]["consent"] for event in about} == {asking.consent.id}

    @pytest.mark.parametrize(
        ("change", "pointer"),
        [
            ({"amount": {"amount": "41.99", "currency": "GBP"}}, "/amount"),
            ({"amount": {"amount": "42.00", "currency": "EUR"}}, "/amount"),
            ({"quoted_currency": "USD"}, "/quoted_currency"),
            ({"unit_currency": "EUR", "quoted_currency": "GBP"}, "/unit_currency"),
        ],
    )
    def test_another_quote_is_not_given(self, asking: Abroad, change: dict[str, Any], pointer: str) -> None:
        asking.approve(asking.exchanged())
        refused = asking.quote(**change)
        assert (refused.status, refused.json["code"]) == (403, "consent_mismatch"), refused.text
        assert pointer in [error["pointer"] for error in refused.json["errors"]]
        assert not FxQuote.objects.filter(consent_id=asking.consent.id).exists()

    @pytest.mark.parametrize(
        ("change", "pointer"),
        [
            ({"fx_quote": None}, "/fx_quote"),
            ({"amount": {"amount": "41.00", "currency": "GBP"}}, "/amount"),
            ({"creditor_account": "pounds"}, "/creditor_account"),
            ({"reference": "Other"}, "/reference"),
        ],
    )
    def test_another_payment_is_refused_and_uses_nothing_up(
        self, asking: Abroad, change: dict[str, Any], pointer: str
    ) -> None:
        asking.approve(asking.exchanged())
        quote = asking.quoted()
        if change.get("creditor_account"):
            change = {"creditor_account": asking.pounds.id}
        refused = asking.pay(**{"fx_quote": quote, **change})
        assert (refused.status, refused.json["code"]) == (403, "consent_mismatch"), refused.text
        assert pointer in [error["pointer"] for error in refused.json["errors"]]
        assert asking.pay_by(quote).status == 201

    def test_less_than_was_agreed_to_is_refused_and_another_quote_may_be_asked_for(
        self, asking: Abroad
    ) -> None:
        asking.approve(asking.exchanged("45.00"))
        set_to("GBP-EUR", "1.0712")  # 44.99
        refused = asking.pay_by(asking.quoted())
        assert (refused.status, refused.json["code"]) == (422, "less_than_agreed"), refused.text
        assert refused.json["reason_code"] == "AM06"
        assert (asking.consent.status, asking.booked(asking.debtor)) == ("AUTH", 10_000)
        set_to("GBP-EUR", "1.0714")  # 44.9988: rounds to 45.00
        paid = asking.pay_by(asking.quoted())
        assert (paid.status, paid.json["credited"]["amount"]) == (201, "45.00")

    def test_by_a_quote_that_is_over_is_refused_and_another_may_be_asked_for(
        self, asking: Abroad, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        asking.approve(asking.exchanged())
        quote, now = asking.quoted(), clock.now()
        with monkeypatch.context() as later:
            later.setattr(clock, "now", lambda: now + dt.timedelta(seconds=61))
            refused = asking.pay_by(quote)
            assert (refused.status, refused.json["reason_code"]) == (422, "TM01")
        assert asking.consent.status == "AUTH"
        assert asking.pay_by(asking.quoted()).status == 201

    def test_that_the_ledger_refuses_uses_the_consent_up(self, asking: Abroad) -> None:
        asking.approve(asking.exchanged())
        quote, consent = asking.quoted(), asking.consent
        to_creditor = {"creditor_account": asking.pounds.id, "amount": {"amount": "60.00", "currency": "GBP"}}
        body = {"debtor_account": asking.debtor.id, **to_creditor}
        assert signed_in(asking.person.user).post("/payments", body, key="one").status == 201
        refused = asking.pay_by(quote)
        assert (refused.status, refused.json["reason_code"]) == (422, "AM04")
        consent.refresh_from_db()
        assert consent.status == "COND"

    def test_by_somebody_elses_quote_is_not_found(self, asking: Abroad) -> None:
        share(asking, "payments:create payments:read fx:quote")
        first, token = asking.quoted(), asking.token
        asking.approve(asking.exchanged())
        mine = quote_exchange(
            Money(4200, "GBP"), unit_currency="GBP", quoted_currency="EUR", by=asking.person.actor
        )
        stranger = Abroad()
        stranger.approve(stranger.exchanged())
        for quote in (first, mine.id, stranger.quoted()):
            refused = asking.pay_by(quote)
            assert (refused.status, refused.json["code"]) == (404, "fx_quote_not_found"), refused.text
        assert (asking.consent.status, asking.booked(asking.debtor)) == ("AUTH", 10_000)
        asking.token = token
        assert asking.pay_by(first).status == 201

    def test_by_the_person_themselves_takes_no_quote_of_an_app(self, asking: Abroad) -> None:
        asking.approve(asking.exchanged())
        order = {"debtor_account": asking.debtor.id, "creditor_account": asking.creditor.id}
        body = {**order, "amount": GBP_42, "fx_quote": asking.quoted()}
        refused = signed_in(asking.person.user).post("/payments", body, key="one")
        assert (refused.status, refused.json["code"]) == (404, "fx_quote_not_found")

    def test_is_not_given_back(self, asking: Abroad) -> None:
        asking.approve(asking.exchanged())
        paid = asking.pay_by(asking.quoted()).json["id"]
        body = {"amount": {"amount": "1.00", "currency": "EUR"}}
        refused = signed_in(asking.payee.user).post(f"/payments/{paid}/refunds", body, key="one")
        assert (refused.status, refused.json["code"]) == (409, "not_returnable")

    def test_a_consent_without_exchange_gives_no_right_to_a_quote(self, asking: Abroad) -> None:
        asking.creditor = asking.pounds
        told = asking.approve(asking.payment())
        assert "fx:quote" not in told["scope"].split()
        assert asking.quote().json["code"] == "insufficient_scope"
        actor = Actor(
            type="app", user_id=asking.person.user.id, consent_id=asking.consent.id,
            consent_kind="payment", bound_to_consent=True,
        )  # fmt: skip
        for quoted in ("EUR", "GBP"):
            with pytest.raises(ConsentMismatch):
                quote_exchange(Money(4200, "GBP"), unit_currency="GBP", quoted_currency=quoted, by=actor)

    def test_after_the_consent_was_revoked_no_quote_is_held(self, asking: Abroad) -> None:
        from oauth.operations import revoke_consent

        asking.approve(asking.exchanged())
        actor = Actor(
            type="app", user_id=asking.person.user.id, consent_id=asking.consent.id,
            consent_kind="payment", bound_to_consent=True,
        )  # fmt: skip
        revoke_consent(asking.consent.id, by=asking.person.actor)
        with pytest.raises(InvalidAccessToken):
            quote_exchange(Money(4200, "GBP"), unit_currency="GBP", quoted_currency="EUR", by=actor)


class TestByScope:
    """An app whose customer allowed payments and exchange in general."""

    def test_pays_by_its_own_quote(self, asking: Abroad) -> None:
        asking.client = app_of("openid payments:create payments:read fx:quote")
        share(asking, "payments:create payments:read fx:quote")
        paid = asking.pay_by(asking.quoted())
        assert (paid.status, paid.json["credited"]["amount"]) == (201, "49.29"), paid.text

    def test_without_the_right_has_no_rate_held(self, asking: Abroad) -> None:
        asking.client = app_of("openid payments:create payments:read")
        share(asking, "payments:create payments:read")
        assert asking.quote().json["code"] == "insufficient_scope"

    def test_takes_no_quote_of_the_person(self, asking: Abroad) -> None:
        asking.client = app_of("openid payments:create fx:quote")
        share(asking, "payments:create fx:quote")
        mine = quote_exchange(
            Money(4200, "GBP"), unit_currency="GBP", quoted_currency="EUR", by=asking.person.actor
        )
        assert asking.pay_by(mine.id).status == 404

    def test_is_asked_for_in_words(self, asking: Abroad) -> None:
        url = asking.client.authorize_url(asking.client.push(scope="fx:quote").json["request_uri"])
        words = words_of(asking.browser.open(url).text)
        assert "Exchange what it pays into another currency, at the bank’s rate when it pays" in words
        assert "You are not asked about the rate." in words


def share(asking: Abroad, scope: str) -> None:
    url = asking.client.authorize_url(asking.client.push(scope=scope).json["request_uri"])
    answered = asking.browser.decide(url, accounts=[asking.debtor.id])
    asking.token = asking.client.redeem(answered.answer["code"]).json["access_token"]


class TestRaces:
    def test_twenty_uses_of_one_quote_pay_once(self, asking: Abroad) -> None:
        asking.approve(asking.exchanged())
        quote = asking.quoted()
        outcomes = all_at_once(20, lambda: outcome(asking.pay_by(quote)))
        assert outcomes.count("paid") == 1
        assert set(outcomes) == {"paid", "consent_used"}
        assert (asking.booked(asking.debtor), asking.booked(asking.creditor)) == (5800, 4929)

    def test_twenty_with_a_quote_each_pay_once(self, asking: Abroad) -> None:
        asking.approve(asking.exchanged())
        quotes = [asking.quoted() for _ in range(20)]
        outcomes = all_at_once(20, lambda number: outcome(asking.pay_by(quotes[number])))
        assert sorted(set(outcomes)) == ["consent_used", "paid"]
        assert (outcomes.count("paid"), asking.booked(asking.creditor)) == (1, 4929)
        assert FxQuote.objects.filter(consent_id=asking.consent.id, used_at__isnull=False).count() == 1

    def test_quotes_and_payments_at_once_take_turns(self, asking: Abroad) -> None:
        asking.approve(asking.exchanged())
        quote = asking.quoted()

        def act(number: int) -> str:
            return outcome(asking.quote() if number % 2 else asking.pay_by(quote))

        outcomes = all_at_once(10, act)
        assert outcomes.count("paid") <= 1 + 5  # quotes answer 201, too
        assert set(outcomes) <= {"paid", "consent_used"}
        assert Payment.objects.filter(consent_id=asking.consent.id, status="ACCC").count() == 1


def outcome(reply: Reply) -> str:
    return "paid" if reply.status == 201 else str(reply.json["code"])


class TestDatabase:
    def kept(self, asking: Abroad, **changes: Any) -> tuple[Payment, FxQuote]:
        """Return a payment and a fresh quote, as if the payment had been made by it."""
        asking.approve(asking.exchanged())
        asking.pay_by(asking.quoted())
        payment = Payment.objects.get(consent_id=asking.consent.id)
        quote = FxQuote.objects.get(id=payment.fx_quote_id)
        for name, value in changes.items():
            setattr(quote, name, value)
        quote.pk = quote.id = FxQuote._meta.pk.get_default()
        quote.used_at = None
        quote.save(force_insert=True)
        payment.fx_quote_id = quote.id
        payment.pk = payment.id = Payment._meta.pk.get_default()
        payment.uses_up_consent, payment.posting_id = False, None
        return payment, quote

    @pytest.mark.parametrize(
        "changes", [{"buy": 4928}, {"sell": 4201}, {"least": 4930}, {"quoted_currency": "USD"}]
    )
    def test_pays_what_was_quoted_and_not_less_than_the_least(
        self, asking: Abroad, changes: dict[str, Any]
    ) -> None:
        payment, _ = self.kept(asking, **changes)
        with pytest.raises(DatabaseError, match="not as quoted"), transaction.atomic():
            payment.save(force_insert=True)

    def test_pays_by_a_quote_of_the_same_person_and_consent(self, asking: Abroad) -> None:
        other = Abroad()
        other.approve(other.exchanged())
        for changes in ({"user_id": other.person.user.id}, {"consent_id": other.consent.id}):
            asking = Abroad()
            payment, _ = self.kept(asking, **changes)
            with pytest.raises(DatabaseError, match="not as quoted"), transaction.atomic():
                payment.save(force_insert=True)

    def test_holds_a_least_of_a_consent_alone(self, asking: Abroad) -> None:
        quote = quote_exchange(
            Money(100, "GBP"), unit_currency="GBP", quoted_currency="EUR", by=asking.person.actor
        )
        quote.pk = quote.id = FxQuote._meta.pk.get_default()
        quote.least = 1
        with (
            pytest.raises(IntegrityError, match="only_a_quote_of_a_consent_has_a_least"),
            transaction.atomic(),
        ):
            quote.save(force_insert=True)
