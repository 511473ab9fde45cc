"""The sandbox's people and money: exactly the fixture that outside tools rely on."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import Account, Entry
from accounts.money import Money
from oauth.models import Consent, User
from payments.demo.history import year_until

pytestmark = pytest.mark.xdist_group("demo")  # one process: what they share costs seconds to seed

FIXTURE = {
    "alice": {
        "A1": "GBP 100.00",
        "A2": "GBP 0.00",
        "A3": "JPY 100000",
        "A4": "JPY 0",
        "D1": "BHD 10.000",
        "E1": "EUR 1250.00",
    },
    "bob": {"B1": "GBP 50.00", "E2": "EUR 300.00"},
    "carol": {"C1": "GBP 0.00", "C2": "GBP 20.00"},
}


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo") / "demo.json"


@pytest.fixture(scope="module")
def seeded(django_db_setup: None, django_db_blocker: Any, output: Path) -> Iterator[dict[str, Any]]:
    """The fixture, written once for these tests and rolled back after the last of them."""
    undone = transaction.atomic()
    undone._from_testcase = True  # type: ignore[attr-defined]  # as TestCase does: durable blocks may stand inside
    with django_db_blocker.unblock():
        with undone:
            yield seed(output)
            transaction.set_rollback(True)
        connection.close()


def seed(output: Path) -> dict[str, Any]:
    call_command("seed_demo", output=output, piggy_origin="https://localhost:8444", verbosity=0)
    known: dict[str, Any] = json.loads(output.read_text())
    return known


def account(known: dict[str, Any], user: str, key: str) -> Account:
    return Account.objects.get(id=known["users"][user]["accounts"][key])


class TestSeedDemo:
    def test_opens_exactly_the_accounts_of_the_contract(self, seeded: dict[str, Any]) -> None:
        for user, accounts in FIXTURE.items():
            assert set(seeded["users"][user]["accounts"]) == set(accounts)
            for key, balance in accounts.items():
                found = account(seeded, user, key)
                assert f"{found.currency} {Money(found.booked, found.currency)}" == balance
                assert found.overdraft_limit == 0
                assert found.status == ("CLOSED" if key == "C1" else "ENABLED")

    def test_writes_a_year_of_about_four_hundred_transactions(self, seeded: dict[str, Any]) -> None:
        entries = list(Entry.objects.filter(account=account(seeded, "alice", "E1")).order_by("seq"))
        assert 370 <= len(entries) <= 430
        assert entries[-1].balance_after == 125_000
        assert min(entry.balance_after for entry in entries) > 0
        assert entries[0].booked_at > timezone.now() - timedelta(days=365)
        months = {(entry.booked_at.year, entry.booked_at.month) for entry in entries}
        assert len(months) >= 12

    def test_gives_everybody_a_login_that_works(self, seeded: dict[str, Any]) -> None:
        for login in [*seeded["users"].values(), *seeded["staff"].values()]:
            user = User.objects.get(username=login["username"])
            assert user.check_password(login["password"])
            assert user.is_active == (login["username"] != "dave")
        assert all(login["totp_secret"] for login in seeded["staff"].values())

    def test_gives_every_app_a_key_of_its_own(self, seeded: dict[str, Any]) -> None:
        assert set(seeded["clients"]) == {"piggy", "rival", "own_app", "staff_app", "webhook_app"}
        keys = {client["private_jwk"]["d"] for client in seeded["clients"].values()}
        assert len(keys) == len(seeded["clients"])
        assert seeded["clients"]["piggy"]["redirect_uri"] == "https://localhost:8444/callback"

    def test_lets_erins_sharing_end_tomorrow(self, seeded: dict[str, Any]) -> None:
        consent = Consent.objects.get(user__username="erin")
        assert consent.is_in_force(timezone.now())
        assert not consent.is_in_force(timezone.now() + timedelta(hours=25))

    def test_keeps_everything_when_it_runs_again(self, seeded: dict[str, Any], output: Path) -> None:
        entries = Entry.objects.count()
        assert seed(output) == seeded
        assert Entry.objects.count() == entries

    def test_says_so_when_the_passwords_are_gone(self, seeded: dict[str, Any], tmp_path: Path) -> None:
        with pytest.raises(CommandError, match="make reset"):
            seed(tmp_path / "elsewhere.json")

    def test_refuses_to_run_outside_the_sandbox(self, tmp_path: Path, settings: Any) -> None:
        settings.SANDBOX = False
        with pytest.raises(CommandError, match="sandbox only"):
            seed(tmp_path / "demo.json")
        assert not (tmp_path / "demo.json").exists()

    def test_keeps_the_secrets_to_their_owner(self, seeded: dict[str, Any], output: Path) -> None:
        assert output.stat().st_mode & 0o077 == 0


class TestTheYear:
    @pytest.mark.parametrize("day", range(0, 731, 5))
    def test_holds_money_on_every_day_whatever_day_it_ends(self, day: int) -> None:
        end = datetime(2026, 1, 1, 12, 30, tzinfo=UTC) + timedelta(days=day)
        happened = year_until(end, closing_minor=125_000, seed=1851)
        balance, moments = 0, [each.moment for each in happened]
        for each in happened:
            balance += each.minor
            assert balance > 0
        assert balance == 125_000
        assert moments == sorted(moments)
        assert moments[-1] <= end

    def test_is_the_same_for_the_same_seed(self) -> None:
        end = datetime(2026, 5, 1, tzinfo=UTC)
        assert year_until(end, closing_minor=1, seed=7) == year_until(end, closing_minor=1, seed=7)
        assert year_until(end, closing_minor=1, seed=7) != year_until(end, closing_minor=1, seed=8)
