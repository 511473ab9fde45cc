"""What was kept as long as the register says goes, by the bank's clock; a day earlier it stays."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from axes.models import AccessAttempt

from accounts.models import Customer
from accounts.operations import close_own_account
from bank import clock
from bank.access.roles import COMPLIANCE
from bank.privacy import register
from bank.privacy.words import CLOSED_CUSTOMER, LEDGER, Retention
from oauth.models import Client, Consent, DataAccess, KnownDevice, LogoutNotice, SignedInSession
from privacy import operations
from privacy.models import Unmasking
from tests.support.customers import Someone, someone
from tests.support.staff import officer

DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def ledger(settings: Any, tmp_path: Any) -> None:
    """A ledger of this test's own."""
    settings.ERASURE_LEDGER = str(tmp_path / "erasures")


def attempt(person: Someone) -> Any:
    return AccessAttempt.objects.create(
        username=person.user.username, ip_address="192.0.2.1", failures_since_start=1
    )


def look(person: Someone) -> Any:
    consent = Consent.objects.get(id=person.app([person.account()]).consent_id)
    now = clock.now()
    return DataAccess.objects.create(
        consent=consent, what="accounts", is_attended=True, began_at=now, first_at=now, last_at=now
    )


def session(person: Someone) -> Any:
    return SignedInSession.objects.create(user=person.user, device="Firefox", ended_at=clock.now())


def device(person: Someone) -> Any:
    return KnownDevice.objects.create(user=person.user, checksum="0" * 64, device="Firefox")


def notice(person: Someone) -> Any:
    client = Client.objects.create(
        name="Told", client_type="confidential", authorization_grant_type="authorization-code"
    )
    return LogoutNotice.objects.create(client=client, session=session(person), created_at=clock.now())


def unmasking(person: Someone) -> Any:
    return operations.unmask(
        person.customer_id, "email", purpose="duty", case_number="CASE-1", by=officer(COMPLIANCE)
    )


ROWS: dict[str, Callable[[Someone], Any]] = {
    "axes.AccessAttempt": attempt,
    "oauth.DataAccess": look,
    "oauth.KnownDevice": device,
    "oauth.LogoutNotice": notice,
    "oauth.SignedInSession": session,
    "privacy.Unmasking": unmasking,
}
WITH_ANOTHER = {"axes.AccessAttemptExpiration"}  # goes with its attempt


class TestRows:
    def test_of_every_table_with_an_age_are_tried_here(self) -> None:
        aged = {table.name for table in register.models() if table.aged_by}
        assert aged == set(ROWS) | WITH_ANOTHER

    @pytest.mark.parametrize("name", ROWS)
    def test_stay_as_long_as_the_register_says_and_no_longer(self, real_db: None, name: str) -> None:
        kept = register.table(name)
        row = ROWS[name](someone())
        since, left = getattr(row, kept.aged_by), type(row).objects.filter(pk=row.pk)
        days = dt.timedelta(days=kept.retention.days or 0)
        operations.end_retention(now=since + days - DAY)
        assert left.exists()
        operations.end_retention(now=since + days + DAY)
        assert not left.exists()

    def test_of_restricted_people_stay(self, real_db: None) -> None:
        person, other = someone(), someone()
        rows = [device(person), device(other)]
        operations.restrict("legal_claim", by=person.actor)
        operations.end_retention(now=clock.now() + dt.timedelta(days=800))
        assert list(KnownDevice.objects.filter(pk__in=[row.pk for row in rows])) == [rows[0]]


class TestYears:
    @pytest.mark.parametrize(("kept", "years"), [(CLOSED_CUSTOMER, 5), (LEDGER, 10)])
    def test_are_never_cut_short_by_a_leap_day(self, kept: Retention, years: int) -> None:
        longest = max(dt.date(y + years, 3, 1) - dt.date(y, 3, 1) for y in range(2020, 2024))
        assert dt.timedelta(days=kept.days or 0) == longest


class TestCustomers:
    def gone(self, person: Someone) -> bool:
        return Customer.objects.get(id=person.customer_id).erased_at is not None

    def test_are_erased_five_years_after_their_last_account_closed(self, real_db: None) -> None:
        person, stays, restricted = someone(), someone(), someone()
        for somebody in (person, restricted):
            close_own_account(somebody.account().id, by=somebody.actor)
        close_own_account(stays.account().id, by=stays.actor)
        stays.account()
        operations.restrict("legal_claim", by=restricted.actor)
        years = dt.timedelta(days=CLOSED_CUSTOMER.days or 0)
        with time_machine.travel(dt.datetime.now(dt.UTC) + years - DAY, tick=False):
            operations.end_retention()
            assert not self.gone(person)
        with time_machine.travel(dt.datetime.now(dt.UTC) + years + DAY, tick=False):
            operations.end_retention()
        assert (self.gone(person), self.gone(stays), self.gone(restricted)) == (True, False, False)

    def test_unmaskings_outlive_the_person_they_name_by_an_id(self, real_db: None) -> None:
        person = someone()
        seen = unmasking(person)
        operations.erase_customer(person.customer_id, by=person.actor)
        assert Unmasking.objects.filter(id=seen.id).exists()
