"""Rotating the master key: everything moves, nothing is lost, and an interrupted run goes on."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from accounts.models import Account, Customer
from audit import master_keys
from audit.actor import system
from audit.operations import OPENINGS, record
from bank import clock
from bank.crypto import boxes, in_force
from bank.crypto.errors import CannotOpen
from bank.crypto.places import BoxColumn, IndexColumn, places
from oauth.pages.adapters import MFAAdapter
from tests.audit.conftest import cloned
from tests.bank.crypto.conftest import master_key
from tests.support.customers import Someone, someone

BY = system("tests")
TODAY = date(2026, 11, 28)


@pytest.fixture(scope="module")
def bank_database(django_db_setup: None) -> Iterator[str]:
    """A database of these tests alone: a rotation opens every row, also what other tests left damaged."""
    with cloned() as name:
        yield name


@pytest.fixture
def owner(database_urls: dict[str, str], bank_database: str, django_db_blocker: Any) -> Iterator[None]:
    """Be connected as the owner, in a transaction that is undone."""
    with django_db_blocker.unblock():
        connection.close()
        kept = {name: connection.settings_dict[name] for name in ("NAME", "USER", "PASSWORD")}
        login = psycopg.conninfo.conninfo_to_dict(database_urls["bank_owner"])
        connection.settings_dict.update(NAME=bank_database, USER=login["user"], PASSWORD=login["password"])
        try:
            with transaction.atomic():
                yield
                transaction.set_rollback(True)
        finally:
            connection.close()
            connection.settings_dict.update(kept)


@pytest.fixture
def file(owner: None, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The ring in a file; nobody waits for other processes."""
    path = tmp_path / "master-keys"
    path.write_text(settings.MASTER_KEYS)
    settings.MASTER_KEYS, settings.MASTER_KEYS_FILE = "", str(path)
    monkeypatch.setattr(in_force, "LOOK_AGAIN_SECONDS", 0.0)
    return path


@pytest.fixture
def alice(file: Path) -> Someone:
    """Somebody with something in every kind of place."""
    from allauth.mfa.models import Authenticator

    alice = someone()
    alice.account()
    secret = {"secret": MFAAdapter().encrypt("ABCDEFGH")}
    Authenticator.objects.create(user=alice.user, type=Authenticator.Type.TOTP, data=secret)
    seed = {"seed": MFAAdapter().encrypt("seed " * 30), "used_mask": 0}
    Authenticator.objects.create(user=alice.user, type=Authenticator.Type.RECOVERY_CODES, data=seed)
    return alice


def rotate(**options: Any) -> None:
    call_command("rotate_keys", **options)


def counts() -> dict[str, dict[str, int]]:
    return {place.name: place.counts() for place in places() if not place.expires}


class TestRotation:
    def test_moves_everything_to_the_new_key(self, alice: Someone) -> None:
        before = counts()
        rotate(batch=3)
        after = counts()
        assert {key for found in after.values() for key in found} == {"k2"}
        rotation = before.pop(OPENINGS.name), after.pop(OPENINGS.name)  # grew by its own events
        assert rotation[1]["k2"] > rotation[0]["k1"] > 0
        assert {name: found.get("k2", 0) for name, found in after.items()} == {
            name: found.get("k1", 0) for name, found in before.items()
        }

    def test_changes_nothing_that_is_said(self, alice: Someone) -> None:
        from allauth.mfa.models import Authenticator

        email = Customer.objects.get(id=alice.customer_id).email
        iban = Account.objects.get(holders__customer=alice.customer_id).iban
        rotate()
        rotate(retire=True)
        found = Customer.objects.get(email_index=email)
        assert (found.id, found.email) == (alice.customer_id, email)
        assert Account.objects.get(iban_index=iban).iban == iban
        data = [row.data for row in Authenticator.objects.filter(user=alice.user).order_by("id")]
        assert MFAAdapter().decrypt(data[0]["secret"]) == "ABCDEFGH"
        assert MFAAdapter().decrypt(data[1]["seed"]) == "seed " * 30

    def test_keeps_what_commitments_are_opened_with(self, alice: Someone) -> None:
        event_id = record("login.succeeded", by=BY, target=("user", "x"), personal={"name": "Alice"})
        rotate()
        with connection.cursor() as cursor:
            cursor.execute("SELECT box FROM audit.opening WHERE event_id = %s", [event_id])
            box = bytes(cursor.fetchone()[0])
        assert boxes.key_id_of(box) == b"k2"
        opened = boxes.unseal(
            box, keys=in_force.keys_for(OPENINGS.purpose), place=OPENINGS.place_of(event_id)
        )
        assert b"Alice" in opened

    def test_is_recorded_step_by_step(self, alice: Someone, monkeypatch: pytest.MonkeyPatch) -> None:
        kinds = []
        monkeypatch.setattr(master_keys, "record", lambda kind, **_: kinds.append(kind))
        rotate()
        rotate(retire=True)
        assert kinds == ["keys.added", "keys.activated", "keys.resealed", "keys.retired"]

    def test_that_was_interrupted_goes_on(self, alice: Someone, monkeypatch: pytest.MonkeyPatch) -> None:
        class PulledOut(Exception):
            pass

        def pull_out(*_: Any, **__: Any) -> None:
            raise PulledOut

        with monkeypatch.context() as broken:
            broken.setattr(BoxColumn, "reseal", pull_out)
            with pytest.raises(PulledOut):
                rotate()
        assert in_force.ring(at_once=True).active_id == "k2"
        assert master_keys.has_stale()
        rotate()
        assert list(in_force.ring(at_once=True).keys) == ["k2", "k1"]
        assert not master_keys.has_stale()

    def test_that_stopped_before_the_new_key_sealed_goes_on_with_it(self, alice: Someone) -> None:
        assert master_keys.begin(by=BY) == "k2"
        rotate()
        assert list(in_force.ring(at_once=True).keys) == ["k2", "k1"]

    def test_stops_at_a_row_that_no_key_opens(self, alice: Someone) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE accounts_account SET iban = overlay(iban placing 'xx' from 20) WHERE iban IS NOT NULL"
            )
        with pytest.raises(CommandError, match=r"Account\.iban of the row .+: .+ does not belong to"):
            rotate()


class TestKeys:
    def test_are_not_retired_while_something_lies_under_them(self, alice: Someone) -> None:
        master_keys.activate(master_keys.begin(by=BY), today=TODAY, by=BY)
        assert master_keys.retire(by=BY) == []

    def test_that_wait_are_not_retired(self, alice: Someone) -> None:
        master_keys.begin(by=BY)
        assert master_keys.retire(by=BY) == []

    def test_are_begun_one_at_a_time(self, alice: Someone) -> None:
        master_keys.begin(by=BY)
        with pytest.raises(master_keys.RotationRefused, match="k2 waits"):
            master_keys.begin(by=BY)

    def test_that_are_unknown_are_not_activated(self, alice: Someone) -> None:
        with pytest.raises(master_keys.RotationRefused, match="not on the ring"):
            master_keys.activate("k9", today=TODAY, by=BY)


class TestCommand:
    def test_waits_for_nobody_who_rotates_already(
        self, alice: Someone, superuser_url: str, bank_database: str
    ) -> None:
        with psycopg.connect(superuser_url, dbname=bank_database) as other:
            other.execute("SELECT pg_advisory_lock(%s)", [master_keys._LOCK])
            with pytest.raises(CommandError, match="another rotation"):
                rotate()
        assert list(in_force.ring(at_once=True).keys) == ["k1"]

    def test_only_says_where_things_stand_when_asked_to(self, alice: Someone, capsys: Any) -> None:
        rotate(status=True)
        said = capsys.readouterr().out
        assert "k1 seals, since" in said
        assert "accounts.Customer.data_key: k1 " in said
        assert list(in_force.ring(at_once=True).keys) == ["k1"]

    def test_refuses_a_batch_of_nothing(self, file: Path) -> None:
        with pytest.raises(CommandError, match="one row or more"):
            rotate(batch=0)

    def test_without_the_owners_login_says_so(self, settings: Any, tmp_path: Path, real_db: None) -> None:
        path = tmp_path / "master-keys"
        path.write_text(f"{master_key('k7')}:2026-11-28\n{settings.MASTER_KEYS}")
        settings.MASTER_KEYS, settings.MASTER_KEYS_FILE = "", str(path)
        with transaction.atomic():
            record("login.succeeded", by=BY, target=("user", "x"), personal={"name": "Alice"})
        path.write_text("\n".join(reversed(path.read_text().split())))
        with pytest.raises(CommandError, match="owner's database login"):
            rotate()


class TestPlaces:
    def test_are_all_where_the_code_seals(self) -> None:
        """Whoever derives keys for a purpose says where they are used."""
        from tests.architecture.source import python_files

        named = {place.purpose for place in places()}
        for path in python_files():
            for line in path.read_text().splitlines():
                if "keys_for(" in line and not line.lstrip().startswith(("def ", "#")):
                    assert 'keys_for("' not in line, f"{path}: name the place's purpose"
        assert {"wrap/v1", "field/v1", "idempotency", "second-factors/v1", "signed-message/v1"} <= named

    def test_of_an_index_know_its_keys(self, alice: Someone) -> None:
        found = [place for place in places() if isinstance(place, IndexColumn)]
        assert {place.name for place in found} >= {"accounts.Customer.email_index"}
        assert all(set(place.counts()) <= {"k1"} for place in found)

    def test_do_not_open_boxes_of_elsewhere(self, alice: Someone) -> None:
        box = boxes.seal(b"x", keys=in_force.keys_for(OPENINGS.purpose), place=OPENINGS.place_of(uuid4()))
        with pytest.raises(CannotOpen):
            boxes.unseal(box, keys=in_force.keys_for(OPENINGS.purpose), place=OPENINGS.place_of(uuid4()))


class TestTime:
    def test_of_a_key_that_works_too_long_is_told(self, file: Path, settings: Any) -> None:
        file.write_text(f"{master_key('k5')}:2026-11-28\n{file.read_text()}")
        settings.MASTER_KEY_DAYS = -1
        assert master_keys.record_overdue() == ["k5"]
        assert master_keys.days_left() < 0

    def test_of_a_key_that_may_go_on_is_not(self, file: Path, settings: Any) -> None:
        file.write_text(f"{master_key('k5')}:{clock.today()}\n{file.read_text()}")
        assert master_keys.record_overdue() == []
        assert master_keys.days_left() == settings.MASTER_KEY_DAYS
