"""A consent to one payment: what is shown is what is agreed to, and it works once."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from accounts.models import Account
from accounts.operations import close_account
from audit.actor import Actor
from oauth.errors import ConsentUsed, InvalidAccessToken
from oauth.models import Consent
from oauth.operations import revoke_consent
from payments.models import Payment
from tests.oauth.threads import all_at_once
from tests.payments.approving import Asking
from tests.support.customers import BY
from tests.support.staff import restricted


@pytest.fixture
def asking(db: None) -> Asking:
    return Asking()


@pytest.fixture
def real_asking(real_db: None) -> Asking:
    return Asking()


def words_of(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


class TestPage:
    def test_says_amount_payee_reference_and_what_is_left(self, asking: Asking) -> None:
        page = asking.browser.open(asking.page(asking.payment()))
        words = words_of(page.text)
        assert "Approve this payment?" in words
        assert 'class="amount">£42.00<' in page.text
        assert f"To Corner Shop Account number •••• {asking.creditor.last4}" in words
        assert "Reference Order 8812" in words
        assert "£58.00 left after this payment" in words
        assert "Piggy (Piggy Labs Ltd)" in words

    def test_groups_the_number_of_an_account_elsewhere(self, asking: Asking) -> None:
        outside = {"name": "Café Lumen", "iban": "FR7630006000011234567890189"}
        detail = asking.payment(creditor_account=None, creditor_name=None, creditor=outside)
        words = words_of(asking.browser.open(asking.page(detail)).text)
        assert "To Café Lumen Account number FR76 3000 6000 0112 3456 7890 189" in words

    def test_never_asks_for_what_the_creditors_account_could_not_take(self, asking: Asking) -> None:
        refused = asking.push(asking.payment(creditor_account=asking.payee.account(currency="EUR").id))
        assert (refused.status, refused.json["error"]) == (400, "invalid_authorization_details")
        assert refused.json["error_description"] == "The creditor_account is not in GBP."

    def test_never_asks_for_an_account_that_is_closed(self, asking: Asking) -> None:
        close_account(asking.creditor.id, by=BY)
        refused = asking.push(asking.payment())
        assert (refused.status, refused.json["error"]) == (400, "invalid_authorization_details")
        assert refused.json["error_description"] == "The creditor_account is closed."

    def test_offers_one_choice_with_nothing_chosen(self, asking: Asking) -> None:
        page = asking.browser.open(asking.page(asking.payment())).text
        assert page.count('type="radio" name="accounts"') == 2
        assert "checked" not in page

    def test_says_why_an_account_cannot_pay(self, asking: Asking) -> None:
        asking.person.account("9.00", "EUR", name="Euro")
        words = words_of(asking.browser.open(asking.page(asking.payment())).text)
        assert "There is not enough money on this account" in words
        assert "This account is in another currency" in words

    def test_warns_of_a_name_that_is_not_the_holders(self, asking: Asking) -> None:
        deceived = words_of(asking.browser.open(asking.page(asking.payment())).text)
        assert "The name is not that of the account’s holder" in deceived
        from accounts.models import Customer

        name = f"Test {Customer.objects.get(id=asking.payee.customer_id).family_name}".upper()
        sound = words_of(asking.browser.open(asking.page(asking.payment(creditor_name=name))).text)
        assert "The name is not that" not in sound
        assert "You have not paid this account before" in sound

    @pytest.mark.parametrize("chosen", [[], ["both"], ["too_poor"], ["nonsense"]])
    def test_takes_exactly_one_account_that_can_pay(self, asking: Asking, chosen: list[str]) -> None:
        asking.person.account("60.00", name="Third")
        ids = [
            account.id for account in Account.objects.filter(holders__customer_id=asking.person.customer_id)
        ]
        named = {"both": [ids[0], ids[2]], "too_poor": [asking.other.id], "nonsense": ["nonsense"]}
        accounts = [account for name in chosen for account in named[name]]
        answered = asking.browser.decide(asking.page(asking.payment()), accounts=accounts)
        assert answered.status == 422
        assert not Consent.objects.filter(user=asking.person.user).exists()

    def test_offers_only_the_account_the_app_asked_for(self, asking: Asking) -> None:
        url = asking.page(asking.payment("1.00", debtor_account=asking.other.id))
        assert asking.browser.decide(url, accounts=[asking.debtor.id]).status == 422
        assert asking.decide(url, asking.other).status == 303

    def test_that_is_refused_moves_nothing_and_says_so(self, asking: Asking) -> None:
        answered = asking.browser.decide(asking.page(asking.payment()), decision="refuse")
        assert answered.answer["error"] == "access_denied"
        assert asking.consent.status == "RJCT"

    def test_that_changed_since_it_was_shown_is_shown_again(self, asking: Asking) -> None:
        url = asking.page(asking.payment())
        shown = asking.browser.open(url)
        Account.objects.filter(id=asking.debtor.id).update(name="Renamed")
        form = {"decision": "share", "accounts": [asking.debtor.id]}
        answered = asking.browser.submit(url, form, page=shown)
        assert answered.status == 422
        assert "has changed" in answered.text
        assert not Consent.objects.filter(user=asking.person.user).exists()


class TestPaying:
    def test_as_agreed_uses_the_consent_up(self, asking: Asking) -> None:
        told = asking.approve(asking.payment())
        (granted,) = told["authorization_details"]
        assert granted["debtor_account"] == asking.debtor.id
        paid = asking.pay()
        assert (paid.status, paid.json["status"]) == (201, "ACCC")
        assert asking.consent.status == "COND"
        assert asking.booked(asking.creditor) == 4200
        assert asking.get(f"/v1/payments/{paid.json['id']}").json == paid.json

    def test_a_second_time_is_refused(self, asking: Asking) -> None:
        asking.approve(asking.payment())
        assert asking.pay().status == 201
        again = asking.pay()
        assert (again.status, again.json["code"]) == (403, "consent_used")
        assert asking.booked(asking.creditor) == 4200

    def test_with_the_same_key_repeats_the_answer(self, asking: Asking) -> None:
        asking.approve(asking.payment())
        first, again = asking.pay(key="one"), asking.pay(key="one")
        assert (again.status, again.json) == (201, first.json)

    @pytest.mark.parametrize(
        ("changes", "pointer"),
        [
            ({"amount": {"amount": "42.01", "currency": "GBP"}}, "/amount"),
            ({"amount": {"amount": "1.00", "currency": "GBP"}}, "/amount"),
            ({"amount": {"amount": "42.00", "currency": "EUR"}}, "/amount"),
            ({"reference": "Order 8813"}, "/reference"),
            ({"reference": None}, "/reference"),
            ({"debtor_account": "other"}, "/debtor_account"),
            ({"creditor_account": "other"}, "/creditor_account"),
            (
                {"creditor_account": None, "creditor": {"name": "A", "iban": "GB33BUKB20201555555555"}},
                "/creditor",
            ),
            ({"end_to_end_id": "E2"}, "/end_to_end_id"),
        ],
    )
    def test_anything_else_is_refused_and_uses_nothing_up(
        self, asking: Asking, changes: dict[str, Any], pointer: str
    ) -> None:
        asking.approve(asking.payment(end_to_end_id="E1"))
        changes = {name: asking.other.id if value == "other" else value for name, value in changes.items()}
        refused = asking.pay(**{"end_to_end_id": "E1", **changes})
        assert (refused.status, refused.json["code"]) == (403, "consent_mismatch"), refused.text
        assert pointer in [error["pointer"] for error in refused.json["errors"]]
        assert asking.consent.status == "AUTH"
        assert asking.pay(end_to_end_id="E1").status == 201

    def test_that_the_ledger_refuses_uses_the_consent_up_too(self, asking: Asking) -> None:
        asking.approve(asking.payment())
        restricted(asking.creditor, "CREDIT_BLOCKED")
        refused = asking.pay()
        assert (refused.status, refused.json["reason_code"]) == (422, "AC06")
        assert asking.consent.status == "COND"
        assert asking.pay().json["code"] == "consent_used"
        assert asking.booked(asking.debtor) == 10_000

    def test_opens_no_account_to_the_app(self, asking: Asking) -> None:
        asking.approve(asking.payment())
        for path in ("", f"/{asking.debtor.id}", f"/{asking.debtor.id}/balances"):
            assert asking.get(f"/v1/accounts{path}").status == 403

    def test_opens_nothing_else_that_changes_anything(self, asking: Asking) -> None:
        asking.approve(asking.payment())
        headers = {"Idempotency-Key": "any"}
        for path in ("/v1/standing-orders", "/v1/holds", "/v1/funds-confirmations", "/v1/accounts"):
            reply = asking.client.call("POST", path, asking.token, {}, headers)
            assert (path, reply.status) == (path, 403), reply.text

    def test_after_its_day_is_refused(self, asking: Asking) -> None:
        asking.approve(asking.payment())
        past = datetime.now(UTC) - timedelta(seconds=1)
        created = past - timedelta(days=1)
        Consent.objects.filter(id=asking.consent.id).update(created_at=created, expires_at=past)
        assert asking.pay().status == 401

    def test_by_an_actor_who_forgot_the_kind_of_consent_is_refused(self, asking: Asking) -> None:
        from oauth.operations.in_force import hold_consent

        asking.approve(asking.payment())
        actor = Actor(type="app", consent_id=asking.consent.id, bound_to_consent=True)
        with pytest.raises(InvalidAccessToken), transaction.atomic():
            hold_consent(actor)


class TestDatabase:
    def test_holds_one_payment_of_such_a_consent_at_most(self, asking: Asking) -> None:
        asking.approve(asking.payment())
        asking.pay()
        paid = Payment.objects.get(consent=asking.consent)
        paid.pk, paid.id = None, Payment._meta.pk.get_default()
        paid.posting_id, paid.status, paid.reason_code = None, "RJCT", "AM04"
        with pytest.raises(IntegrityError, match="consent_to_one_payment_pays_once"), transaction.atomic():
            paid.save(force_insert=True)

    def test_uses_up_no_consent_to_see_accounts(self, asking: Asking) -> None:
        asking.approve({"type": "account_information", "actions": ["accounts:read"]})
        with pytest.raises(IntegrityError, match="only_a_consent_to_one_payment"), transaction.atomic():
            Consent.objects.filter(id=asking.consent.id).update(status="COND")


class TestRaces:
    def test_twenty_uses_at_once_pay_once(self, real_asking: Asking) -> None:
        real_asking.approve(real_asking.payment("2.00"))
        replies = all_at_once(20, lambda: real_asking.pay("2.00"))
        outcomes = [reply.json["code"] if reply.status != 201 else "paid" for reply in replies]
        assert outcomes.count("paid") == 1
        assert set(outcomes) == {"paid", "consent_used"}
        assert real_asking.booked(real_asking.creditor) == 200

    def test_a_revocation_wins_over_what_has_not_begun(self, real_asking: Asking) -> None:
        real_asking.approve(real_asking.payment("2.00"))
        consent_id = real_asking.consent.id

        def act(number: int) -> str:
            if number == 3:
                revoke_consent(consent_id, by=real_asking.person.actor)
                return f"revoked at {real_asking.booked(real_asking.creditor)}"
            reply = real_asking.pay("2.00")
            return "paid" if reply.status == 201 else f"{reply.status}"

        outcomes = all_at_once(8, act)
        at_the_end = next(outcome for outcome in outcomes if outcome.startswith("revoked"))
        booked = real_asking.booked(real_asking.creditor)
        assert at_the_end == f"revoked at {booked}"
        assert outcomes.count("paid") * 200 == booked
        assert {o for o in outcomes if o not in ("paid", at_the_end)} <= {"401", "403"}

    def test_a_revocation_waits_for_a_payment_in_flight(self, real_asking: Asking) -> None:
        from oauth.operations.in_force import lock_consent

        real_asking.approve(real_asking.payment("2.00"))
        consent = real_asking.consent
        by = Actor(type="app", consent_id=consent.id, consent_kind="payment", bound_to_consent=True)
        with transaction.atomic():
            lock_consent(by)
            (waited,) = all_at_once(1, lambda: self.try_to_revoke(consent.id, real_asking))
        assert waited == "waited"

    def try_to_revoke(self, consent_id: str, asking: Asking) -> str:
        try:
            with transaction.atomic():
                with connection.cursor() as cursor:
                    cursor.execute("SET LOCAL lock_timeout = '300ms'")
                revoke_consent(consent_id, by=asking.person.actor)
        except DatabaseError:
            return "waited"
        return "revoked"

    def test_a_used_consent_is_told_from_one_that_ended(self, real_asking: Asking) -> None:
        from oauth.operations.in_force import lock_consent

        real_asking.approve(real_asking.payment("2.00"))
        real_asking.pay("2.00")
        by = Actor(type="app", consent_id=real_asking.consent.id, bound_to_consent=True)
        with pytest.raises(ConsentUsed), transaction.atomic():
            lock_consent(by)
