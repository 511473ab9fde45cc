"""A consent to payments within limits (variable recurring payments), and to ask for funds."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from accounts.models import Account
from oauth.models import Consent
from oauth.operations import revoke_consent
from payments.authorization_details import RecurringPayment
from payments.models import Payment
from tests.oauth.threads import all_at_once
from tests.payments.approving import Asking
from tests.payments.test_payment_consent import words_of
from tests.support.clock import move_on
from tests.support.staff import restricted


def money(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "GBP"}


def recurring(asking: Asking, **changes: Any) -> dict[str, Any]:
    return {
        "type": "recurring_payment",
        "creditor_account": asking.creditor.id,
        "reference": "Order 8812",
        "maximum_amount": money("10.00"),
        "limits": [{"period": "week", "alignment": "consent", "amount": money("25.00")}],
        "expires_at": (datetime.now(UTC) + timedelta(days=30)).isoformat(),
        **changes,
    }


@pytest.fixture
def asking(db: None) -> Asking:
    return Asking()


@pytest.fixture
def real_asking(real_db: None) -> Asking:
    return Asking()


class TestPage:
    def test_says_each_limit_and_the_short_first_period(self, asking: Asking) -> None:
        limits = [{"period": "month", "alignment": "calendar", "amount": money("300.00")}]
        june = datetime(2026, 6, 6, 9, tzinfo=UTC)
        detail = recurring(asking, limits=limits, expires_at="2026-09-01T00:00:00Z")
        type_ = RecurringPayment()
        asked = type_.ask(type_.read(detail, june), asking.person.user)
        facts = dict(asked.facts)
        assert facts["At most"] == "£10.00 each time"
        assert facts["And at most"] == (
            "£300.00 in each month; £250.00 in the first, which has begun already"
        )

    def test_never_asks_for_what_the_creditors_account_could_not_take(self, asking: Asking) -> None:
        euros = asking.payee.account(currency="EUR")
        refused = asking.push(recurring(asking, creditor_account=euros.id))
        assert refused.json["error_description"] == "The creditor_account is not in GBP."

    def test_is_shown_with_the_end(self, asking: Asking) -> None:
        words = words_of(asking.browser.open(asking.page(recurring(asking))).text)
        assert "Let this app pay without asking you again?" in words
        assert "£25.00 in each week" in words
        assert f"Holds until {datetime.now(UTC) + timedelta(days=30):%-d %B %Y}" in words

    @pytest.mark.parametrize(
        "changes",
        [
            {"limits": []},
            {"limits": [{"period": "century", "alignment": "consent", "amount": money("1.00")}]},
            {"limits": [{"period": "fortnight", "alignment": "calendar", "amount": money("1.00")}]},
            {"limits": [{"period": "week", "alignment": "consent", "amount": money("0.00")}]},
            {"limits": [{"period": "week", "alignment": "consent", "amount": money("1.00")}] * 2},
            {
                "limits": [
                    {
                        "period": "week",
                        "alignment": "consent",
                        "amount": {"amount": "1.00", "currency": "EUR"},
                    }
                ]
            },
            {"maximum_amount": money("0")},
            {"expires_at": "2001-01-01T00:00:00Z"},
            {"expires_at": "2099-01-01T00:00:00Z"},
            {"amount": money("1.00")},
        ],
    )
    def test_is_not_reached_by_limits_that_are_none(self, asking: Asking, changes: dict[str, Any]) -> None:
        refused = asking.push(recurring(asking, **changes))
        assert (refused.status, refused.json["error"]) == (400, "invalid_authorization_details")


class TestPaying:
    def test_goes_on_until_the_period_is_full(self, asking: Asking) -> None:
        asking.approve(recurring(asking))
        assert [asking.pay(amount).status for amount in ("10.00", "10.00")] == [201, 201]
        full = asking.pay("5.01")
        assert (full.status, full.json["code"], full.json["reason_code"]) == (
            422, "consent_limit_reached", "AM02",
        )  # fmt: skip
        assert asking.pay("5.00").status == 201
        assert asking.pay("0.01").status == 422
        assert asking.booked(asking.creditor) == 2500
        assert asking.consent.status == "AUTH"

    def test_of_more_than_the_most_is_kept_as_refused(self, asking: Asking) -> None:
        asking.approve(recurring(asking))
        assert asking.pay("10.01").json["code"] == "consent_limit_reached"
        assert Payment.objects.get(consent=asking.consent).reason_code == "AM02"

    def test_that_was_refused_does_not_count(self, asking: Asking) -> None:
        asking.approve(recurring(asking), account=asking.other)
        refused = [asking.pay("10.00", debtor_account=asking.other.id) for _ in range(3)]
        assert [reply.json["code"] for reply in refused] == ["insufficient_funds"] * 3
        assert asking.pay("5.00", debtor_account=asking.other.id).status == 201

    def test_begins_again_with_the_next_period(self, asking: Asking) -> None:
        asking.approve(recurring(asking))
        assert [asking.pay(amount).status for amount in ("10.00", "10.00", "5.00")] == [201] * 3
        assert asking.pay("1.00").status == 422
        move_on(days=7)
        assert [asking.pay(amount).status for amount in ("10.00", "10.00", "5.00")] == [201] * 3
        assert asking.pay("0.01").status == 422

    @pytest.mark.parametrize("name", ["creditor_account", "debtor_account", "reference"])
    def test_to_or_from_elsewhere_is_refused(self, asking: Asking, name: str) -> None:
        asking.approve(recurring(asking))
        changes = {name: "Other" if name == "reference" else asking.other.id}
        assert asking.pay("1.00", **changes).json["code"] == "consent_mismatch"

    def test_after_its_end_is_refused_by_the_clock_alone(self, asking: Asking) -> None:
        asking.approve(recurring(asking))
        past = datetime.now(UTC) - timedelta(seconds=1)
        Consent.objects.filter(id=asking.consent.id).update(
            created_at=past - timedelta(days=1), expires_at=past
        )
        assert asking.pay("1.00").status == 401
        assert asking.consent.status == "AUTH"


class TestRaces:
    def test_a_limit_reached_by_ten_at_once_is_never_passed(self, real_asking: Asking) -> None:
        real_asking.approve(recurring(real_asking))
        replies = all_at_once(10, lambda: real_asking.pay("10.00"))
        assert sorted(reply.status for reply in replies) == [201] * 2 + [422] * 8
        assert real_asking.booked(real_asking.creditor) == 2000

    def test_a_revocation_stops_the_rest(self, real_asking: Asking) -> None:
        real_asking.approve(
            recurring(
                real_asking, limits=[{"period": "day", "alignment": "consent", "amount": money("90.00")}]
            )
        )
        consent_id = real_asking.consent.id

        def act(number: int) -> str:
            if number == 4:
                revoke_consent(consent_id, by=real_asking.person.actor)
                return f"revoked at {real_asking.booked(real_asking.creditor)}"
            return str(real_asking.pay("1.00").status)

        outcomes = all_at_once(10, act)
        at_the_end = next(outcome for outcome in outcomes if outcome.startswith("revoked"))
        booked = real_asking.booked(real_asking.creditor)
        assert at_the_end == f"revoked at {booked}"
        assert outcomes.count("201") * 100 == booked


class TestFundsConfirmation:
    @pytest.mark.parametrize(("amount", "expected"), [("0", True), ("100.00", True), ("100.01", False)])
    def test_says_yes_or_no_and_nothing_else(self, asking: Asking, amount: str, expected: bool) -> None:
        asking.approve({"type": "funds_confirmation"})
        answered = self.ask(asking, asking.debtor, amount)
        assert answered.status == 200, answered.text
        assert answered.json["funds_available"] is expected
        assert set(answered.json) == {"account", "amount", "funds_available", "as_of"}

    def test_says_no_for_an_account_that_cannot_pay(self, asking: Asking) -> None:
        asking.approve({"type": "funds_confirmation"})
        restricted(asking.debtor, "DEBIT_BLOCKED")
        assert self.ask(asking, asking.debtor, "1.00").json["funds_available"] is False

    def test_is_for_the_chosen_account_only(self, asking: Asking) -> None:
        asking.approve({"type": "funds_confirmation"})
        for account in (asking.other, asking.creditor):
            assert self.ask(asking, account, "1.00").status == 404
        for path in (f"/{asking.debtor.id}", f"/{asking.debtor.id}/balances"):
            assert asking.get(f"/v1/accounts{path}").status == 403
        assert asking.pay("1.00").status == 403

    def test_refuses_another_currency_and_what_is_no_question(self, asking: Asking) -> None:
        asking.approve({"type": "funds_confirmation"})
        euro = {"account": asking.debtor.id, "amount": {"amount": "1.00", "currency": "EUR"}}
        assert self.send(asking, euro).status == 422
        for body in ({}, {"account": asking.debtor.id}, {**euro, "more": 1}, {**euro, "amount": "1.00"}):
            assert self.send(asking, body).status == 400

    def test_cannot_be_asked_until_the_balance_is_found(self, asking: Asking, settings: Any) -> None:
        asking.approve({"type": "funds_confirmation"})
        settings.RATE_LIMIT_FACTOR = 1
        statuses = [self.ask(asking, asking.debtor, f"{n}.00").status for n in range(14)]
        assert statuses == [200] * 12 + [429] * 2

    def ask(self, asking: Asking, account: Account, amount: str) -> Any:
        return self.send(asking, {"account": account.id, "amount": money(amount)})

    def send(self, asking: Asking, body: dict[str, Any]) -> Any:
        return asking.client.call("POST", "/v1/funds-confirmations", asking.token, body)
