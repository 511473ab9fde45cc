"""What a person does with a consent on the pages: an account taken out, a sooner end, the receipt."""

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from accounts.models import ConsentAccount
from oauth.errors import ChoiceNotOffered, ConsentCannotChange, ConsentNotFound, EndNotSooner
from oauth.models import Consent
from oauth.operations import revoke_consent, shorten_consent, withdraw_from_consent
from payments.models import Payment
from tests.oauth.threads import all_at_once
from tests.payments.approving import Asking
from tests.payments.test_payment_consent import words_of
from tests.support.customers import someone

INFORMATION = {"type": "account_information", "actions": ["accounts:read", "balances:read"]}


def share(asking: Asking, scope: str = "accounts:read balances:read payments:create") -> None:
    """Let the app see and use both accounts, by scopes as most apps ask."""
    url = asking.client.authorize_url(asking.client.push(scope=scope).json["request_uri"])
    answered = asking.browser.decide(url, accounts=[asking.debtor.id, asking.other.id])
    asking.token = asking.client.redeem(answered.answer["code"]).json["access_token"]


@pytest.fixture
def sharing(db: None) -> Asking:
    asking = Asking()
    share(asking)
    return asking


@pytest.fixture
def real_sharing(real_db: None) -> Asking:
    asking = Asking()
    share(asking)
    return asking


def change(asking: Asking, **fields: Any) -> Any:
    url = f"https://testserver/account/apps/{asking.consent.id}/change/"
    page = asking.browser.open(url)
    form = {name: value for name, value in fields.items() if value is not None}
    shown = type(page)(page.status, page.headers, page.text.replace('name="withdraw"', 'name="ignored"'))
    return asking.browser.submit(url, form, page=shown)


class TestTakingOut:
    def test_hides_the_account_at_once_and_leaves_the_other(self, sharing: Asking) -> None:
        assert change(sharing, withdraw=sharing.other.id).status == 302
        assert [row["id"] for row in sharing.get("/v1/accounts").json["data"]] == [sharing.debtor.id]
        assert sharing.get(f"/v1/accounts/{sharing.other.id}/balances").status == 404
        kept = ConsentAccount.objects.get(consent=sharing.consent, account=sharing.other)
        assert (kept.state, kept.reason) == ("withdrawn", "Taken out by you")
        assert kept.changed_at is not None
        assert sharing.consent.status == "AUTH"

    def test_the_last_one_ends_the_consent(self, sharing: Asking) -> None:
        change(sharing, withdraw=sharing.other.id)
        change(sharing, withdraw=sharing.debtor.id)
        assert sharing.consent.status == "CANC"
        assert sharing.get("/v1/accounts").status == 401

    def test_what_is_not_in_changes_nothing(self, sharing: Asking) -> None:
        for value in (sharing.creditor.id, "nonsense", ""):
            assert change(sharing, withdraw=value).status == 422
        assert sharing.consent.version == 1

    def test_twice_is_refused_the_second_time(self, sharing: Asking) -> None:
        change(sharing, withdraw=sharing.other.id)
        with pytest.raises(ChoiceNotOffered):
            withdraw_from_consent(sharing.consent.id, sharing.other.id, by=sharing.person.actor)

    def test_wins_over_payments_that_have_not_begun(self, real_sharing: Asking) -> None:
        asking = real_sharing

        def act(number: int) -> str:
            if number == 4:
                withdraw_from_consent(asking.consent.id, asking.debtor.id, by=asking.person.actor)
                return f"out at {asking.booked(asking.creditor)}"
            return str(asking.pay("1.00").status)

        outcomes = all_at_once(10, act)
        at_the_end = next(outcome for outcome in outcomes if outcome.startswith("out"))
        assert at_the_end == f"out at {asking.booked(asking.creditor)}"
        assert outcomes.count("201") == Payment.objects.filter(consent=asking.consent).count()


class TestEndingSooner:
    def test_sets_the_end_of_that_day(self, sharing: Asking) -> None:
        day = datetime.now(UTC).date() + timedelta(days=5)
        assert change(sharing, ends_on=day.isoformat()).status == 302
        assert sharing.consent.expires_at == datetime(*(day + timedelta(days=1)).timetuple()[:3], tzinfo=UTC)
        assert sharing.get("/v1/accounts").status == 200

    def test_then_ends_by_the_clock_alone(self, sharing: Asking) -> None:
        consent = sharing.consent
        Consent.objects.filter(id=consent.id).update(created_at=consent.created_at - timedelta(days=2))
        Consent.objects.filter(id=consent.id).update(expires_at=datetime.now(UTC) - timedelta(seconds=1))
        assert sharing.get("/v1/accounts").status == 401
        assert "Ended by itself" in sharing.browser.open("https://testserver/account/apps/").text

    @pytest.mark.parametrize(
        "day", ["", "tomorrow", "2001-01-01", "9999-12-31", "2026-02-30", "\uff12026-12-01"]
    )
    def test_refuses_a_day_that_is_none_or_later(self, sharing: Asking, day: str) -> None:
        answered = change(sharing, ends_on=day)
        assert answered.status == 422
        assert "<title>Error:" in answered.text
        assert sharing.consent.version == 1

    def test_never_makes_it_longer(self, sharing: Asking) -> None:
        for moment in (sharing.consent.expires_at, sharing.consent.expires_at + timedelta(days=1)):
            with pytest.raises(EndNotSooner):
                shorten_consent(sharing.consent.id, expires_at=moment, by=sharing.person.actor)

    def test_of_what_has_ended_is_refused(self, sharing: Asking) -> None:
        revoke_consent(sharing.consent.id, by=sharing.person.actor)
        with pytest.raises(ConsentCannotChange):
            shorten_consent(
                sharing.consent.id,
                expires_at=datetime.now(UTC) + timedelta(days=1),
                by=sharing.person.actor,
            )


class TestWhose:
    @pytest.mark.parametrize("page", ["change", "receipt"])
    def test_somebody_elses_is_not_found(self, sharing: Asking, page: str) -> None:
        stranger = Asking()
        assert (
            stranger.browser.open(f"https://testserver/account/apps/{sharing.consent.id}/{page}/").status
            == 404
        )

    def test_an_app_cannot_shorten_or_take_out_for_another(self, sharing: Asking) -> None:
        with pytest.raises(ConsentNotFound):
            withdraw_from_consent(sharing.consent.id, sharing.other.id, by=someone().actor)


class TestReceipt:
    def test_names_every_account_and_why(self, sharing: Asking) -> None:
        third = sharing.person.account("1.00", name="Opened later")
        share(sharing)
        change(sharing, withdraw=sharing.other.id)
        words = words_of(self.page(sharing))
        assert f"{sharing.debtor.name} •••• {sharing.debtor.last4} Included You chose it" in words
        assert f"{sharing.other.name} •••• {sharing.other.last4} Taken out Taken out by you" in words
        assert f"{third.name} •••• {third.last4} Left out Not chosen" in words

    def test_of_a_payment_says_what_was_shown_under_its_digest(self, db: None) -> None:
        asking = Asking()
        asking.approve(asking.payment())
        words = words_of(self.page(asking))
        assert "Approve this payment? £42.00 To Corner Shop" in words
        assert f"{asking.consent.shown_digest} It fits what the bank kept." in words

    def test_can_be_checked_by_hand(self, sharing: Asking) -> None:
        shown = json.loads(sharing.consent.shown)
        canonical = json.dumps(shown, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
        assert hashlib.sha256(canonical.encode()).hexdigest() == sharing.consent.shown_digest

    def test_says_when_it_does_not_fit(self, sharing: Asking) -> None:
        Consent.objects.filter(id=sharing.consent.id).update(shown_digest="0" * 64)
        assert "It does not fit what the bank kept" in self.page(sharing)

    def page(self, asking: Asking) -> str:
        reply = asking.browser.open(f"https://testserver/account/apps/{asking.consent.id}/receipt/")
        assert reply.status == 200
        return str(reply.text)
