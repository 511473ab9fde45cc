"""Erasure: what goes, what the law keeps, what still proves, and that nothing brings anybody back."""

import datetime as dt
import json
import os
import resource
import subprocess
import threading
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, connections, transaction

from accounts.models import Account, Customer, SearchAmounts, SearchIndex, SearchPage
from accounts.operations import close_own_account, index_histories, index_history, open_own_account
from accounts.operations.search import Shape
from audit.actor import system
from audit.openings import destroy_openings, openings_of
from bank import health
from bank.access.roles import CUSTOMER, SUPPORT
from bank.errors import BankError, NotFound
from bank.privacy import erasures, register
from bank.privacy.words import AtErasure
from bank.public_ids import decode
from deploy.local.postgres import bundled_binaries
from oauth.errors import ConfirmationOver
from oauth.models import Consent, SignedInSession, User
from oauth.operations.ending import end_login
from privacy import operations, queries
from privacy.errors import ErasureHindered
from privacy.models import Erasure
from privacy.operations.exports import make_export
from tests.audit.conftest import Log, log_of_a_bank, seal
from tests.audit.test_verify import verify_audit
from tests.support.customers import Someone, move, open_customer_for, someone
from tests.support.own_app import signed_in
from tests.support.signed_in import in_session

__all__ = ["log_of_a_bank"]  # a fixture
BY = system("tests")


@pytest.fixture(autouse=True)
def ledger(settings: Any, tmp_path: Path) -> Path:
    """A ledger of this test's own."""
    settings.ERASURE_LEDGER = str(tmp_path / "privacy" / "erasures")
    return Path(settings.ERASURE_LEDGER)


@pytest.fixture(autouse=True)
def no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Exports are made where a test says so."""
    monkeypatch.setattr("privacy.operations.exports._hint", lambda export_id: None)


def leaver(*, with_app: bool = True) -> Someone:
    """Somebody who had an account, an app (made without its events), an export, and closed everything."""
    person, other = someone(), someone()
    account = person.account("10.00", name="Rent and food")
    if with_app:
        person.app([account])
    make_export(operations.request_export(by=person.actor).id)
    move(account, other.account(), "10.00")
    end_login(person.user, by=person.actor)
    close_own_account(account.id, by=person.actor)
    return person


SMALL = Shape(block=2, fan=2, letters=4, page=2)


def indexed_leaver(**details: Any) -> tuple[Someone, Account]:
    """Somebody who closed an account with a history that is indexed."""
    person, other = someone(), someone()
    account = person.account("5.00", **details)
    for _ in range(5):
        move(account, other.account(), "1.00")
    index_history(account.id, shape=SMALL)
    end_login(person.user, by=person.actor)
    close_own_account(account.id, by=person.actor)
    return person, account


def erased(person: Someone) -> Erasure:
    return operations.erase_customer(person.customer_id, by=person.actor)


def values_of(person: Someone) -> set[str]:
    customer = Customer.objects.get(id=person.customer_id)
    names = ("given_name", "family_name", "email", "phone", "address")
    return {str(getattr(customer, name)) for name in names} - {"Test"}


class TestErase:
    def test_destroys_the_key_and_all_that_it_sealed(self, real_db: None) -> None:
        person = leaver()
        erased(person)
        kept = Customer.objects.filter(id=person.customer_id).values().get()
        gone = {f.name for f in register.table("accounts.Customer").about_the_person()}
        assert {kept[name] for name in gone | {"data_key", "email_index"}} == {None}
        assert kept["erased_at"]

    def test_leaves_a_pseudonym_nobody_can_sign_in_with(self, real_db: None) -> None:
        person = leaver()
        erased(person)
        user = User.objects.get(id=person.user.id)
        assert (user.username, user.roles, user.is_active) == (f"erased-{user.id}", [], False)
        assert not user.has_usable_password()

    def test_does_to_every_table_what_the_register_says(self, real_db: None) -> None:
        person = leaver()
        login = User.objects.get(id=person.user.id)
        erased(person)
        for table in register.models():
            if table.subject and table.at_erasure is AtErasure.DELETED and table.database == "default":
                assert not table.rows_of(login).exists(), table.name
            if table.emptied:
                for row in table.rows_of(login):
                    assert {name: getattr(row, name) for name in table.emptied} == table.emptied, table.name
        assert Account.objects.filter(holders__customer=person.customer_id).count() == 1

    def test_takes_what_a_history_is_searched_by_along(self, real_db: None) -> None:
        person, account = indexed_leaver()
        assert SearchPage.objects.filter(index=account.id).exists()
        assert SearchAmounts.objects.filter(index=account.id).exists()
        erased(person)
        index_history(account.id, shape=SMALL)  # nobody holds it any more, who could search
        index_histories(iter([None] * 9))
        assert not SearchIndex.objects.filter(account=account.id).exists()
        assert not SearchPage.objects.filter(index=account.id).exists()
        assert not SearchAmounts.objects.filter(index=account.id).exists()

    def test_leaves_what_a_partner_searches_to_be_made_again(self, real_db: None) -> None:
        partner = someone()
        person, account = indexed_leaver(holders={partner.customer_id: "joint"})
        erased(person)
        assert not SearchIndex.objects.filter(account=account.id).exists()
        index_history(account.id, shape=SMALL)
        assert SearchIndex.objects.filter(account=account.id).exists()

    @pytest.mark.parametrize("missing", ["built", "summed"])
    def test_takes_along_what_is_indexed_meanwhile(self, real_db: None, missing: str) -> None:
        person, account = indexed_leaver()
        if missing == "built":  # a block of blocks is to be made
            SearchIndex.objects.filter(account=account.id).update(built=[3])
            SearchPage.objects.filter(index=account.id, level__gt=0).delete()
        else:
            SearchIndex.objects.filter(account=account.id).update(summed=[])
            SearchAmounts.objects.filter(index=account.id).delete()
        is_at_it, is_free = threading.Event(), threading.Event()

        def index() -> None:
            with transaction.atomic():
                with connection.cursor() as cursor:
                    cursor.execute("SELECT index_some_entries(%s)", [decode("acc", account.id)])
                is_at_it.set()
                is_free.wait(1)

        def erase() -> None:
            is_at_it.wait(20)
            threading.Timer(0.5, is_free.set).start()
            erased(person)

        assert list(together(index, erase)) == [None, None]
        assert not SearchIndex.objects.filter(account=account.id).exists()
        assert not SearchPage.objects.filter(index=account.id).exists()
        assert not SearchAmounts.objects.filter(index=account.id).exists()

    def test_destroys_the_openings_and_no_others(self, real_db: None) -> None:
        person, other = leaver(), leaver()
        assert list(openings_of(person.user.id, personal_key=_key(person)))
        erased(person)
        assert list(openings_of(person.user.id, personal_key=None)) == []
        assert list(openings_of(other.user.id, personal_key=_key(other)))

    def test_ends_consents_sessions_and_tokens(self, real_db: None) -> None:
        person = someone()
        SignedInSession.objects.create(user=person.user, session_key="x" * 32, device="Firefox")
        app = signed_in(person.user)
        assert app.get("/me").status == 200
        assert app.post("/me/erasure").status == 200
        assert app.get("/me").status == 401
        assert not Consent.objects.filter(user=person.user, status="AUTH").exists()
        assert not SignedInSession.objects.filter(user=person.user).exists()

    def test_says_what_is_gone_and_what_is_kept_by_which_law_until_when(self, real_db: None) -> None:
        answer = erased(leaver()).answer
        assert {"what": "accounts.Customer", "how": str(AtErasure.DESTROYED)} in answer["erased"]
        kept = {entry["what"]: entry for entry in answer["kept"]}
        assert kept["accounts.Entry"]["because"].startswith("Art. 17(3)(b)")
        assert dt.date.fromisoformat(kept["accounts.Entry"]["until"]) > dt.date.today() + dt.timedelta(3640)  # noqa: DTZ011

    def test_keeps_the_number_of_an_account_somebody_else_still_holds(self, real_db: None) -> None:
        person, other = someone(), someone()
        account = person.account(holders={other.customer_id: "joint"})
        close_own_account(account.id, by=person.actor)
        erased(person)
        assert Account.objects.get(id=account.id).iban == account.iban
        erased(other)
        assert Account.objects.get(id=account.id).iban is None

    def test_once_more_is_the_same_answer(self, real_db: None) -> None:
        person = leaver()
        first = erased(person)
        again = erased(person)
        assert (again.id, again.event_id) == (first.id, first.event_id)
        assert Customer.objects.get(id=person.customer_id).version == 2


class TestHindrances:
    def test_are_open_accounts_each_by_its_id(self, real_db: None) -> None:
        person = someone()
        accounts = [person.account("1.00"), person.account()]
        with pytest.raises(ErasureHindered) as refused:
            erased(person)
        told = {error.pointer: error.code for error in refused.value.errors}
        assert told == {f"/accounts/{account.id}": "account_open" for account in accounts}
        assert Customer.objects.get(id=person.customer_id).data_key is not None

    def test_are_roles_at_the_bank(self, real_db: None) -> None:
        user = User.objects.create_user(f"both-{os.urandom(4).hex()}", roles=[CUSTOMER, SUPPORT])
        with pytest.raises(ErasureHindered) as refused:
            erased(open_customer_for(user))
        assert [error.code for error in refused.value.errors] == ["works_here"]

    def test_are_not_accounts_one_only_looks_at(self, real_db: None) -> None:
        person, other = someone(), someone()
        other.account(holders={person.customer_id: "viewer"})
        assert erased(person).answer

    def test_are_told_over_the_api(self, real_db: None) -> None:
        person = someone()
        account = person.account()
        refused = signed_in(person.user).post("/me/erasure")
        assert (refused.status, refused.json["code"]) == (409, "erasure_hindered")
        assert refused.json["errors"][0]["pointer"] == f"/accounts/{account.id}"
        assert refused.headers["Audit-Event-Id"]

    def test_is_a_sign_in_that_is_not_fresh(self, real_db: None) -> None:
        refused = signed_in(someone().user, factors=1).post("/me/erasure")
        assert (refused.status, refused.json["code"]) == (401, "insufficient_user_authentication")
        assert 'max_age="300"' in refused.headers["WWW-Authenticate"]

    def test_is_one_that_nobody_confirmed(self, real_db: None) -> None:
        person = someone()
        with pytest.raises(ConfirmationOver):
            operations.erase_confirmed(
                person.customer_id, confirmation_id="none", digest="d" * 64, by=in_session(person.actor)
            )
        assert not Erasure.objects.filter(customer_id=person.customer_id).exists()


class TestRaces:
    def test_twice_at_once_is_once(self, real_db: None) -> None:
        person = leaver()
        done = together(*[lambda: erased(person).id] * 4)
        assert len(set(done)) == 1
        assert Customer.objects.get(id=person.customer_id).version == 2

    def test_with_an_account_being_opened_ends_in_one_or_the_other(self, real_db: None) -> None:
        for _ in range(5):
            person = someone()
            together(
                lambda person=person: erased(person).id,
                lambda person=person: (
                    open_own_account(name="New", kind="current", currency="GBP", by=person.actor).id
                ),
            )
            is_erased = Customer.objects.get(id=person.customer_id).erased_at is not None
            assert is_erased != Account.objects.filter(holders__customer=person.customer_id).exists()

    def test_with_reading_shows_all_or_nothing(self, real_db: None) -> None:
        for _ in range(5):
            person = leaver()
            wanted = values_of(person)
            read = together(
                lambda person=person: erased(person).id, *[lambda person=person: _read(person)] * 3
            )
            for seen in read[1:]:
                assert seen in (wanted, set()), seen

    def test_with_an_export_leaves_none_behind(self, real_db: None) -> None:
        for _ in range(5):
            person = someone()
            export = operations.request_export(by=person.actor)
            together(lambda person=person: erased(person).id, lambda export=export: make_export(export.id))
            with pytest.raises(NotFound):
                queries.get_export(export.id, owned_by=person.actor)


class TestDatabase:
    def test_destroys_openings_of_the_erased_alone(self, real_db: None) -> None:
        person = leaver()
        with pytest.raises(DatabaseError, match="was not erased"), transaction.atomic():
            destroy_openings(person.user.id)

    def test_takes_nobodys_erasure_back(self, real_db: None) -> None:
        person = leaver()
        erased(person)
        with pytest.raises(DatabaseError, match="erased for good"), transaction.atomic():
            Customer.objects.filter(id=person.customer_id).update(erased_at=None)

    def test_keeps_no_name_of_the_erased(self, real_db: None) -> None:
        person = leaver()
        box = Customer.objects.filter(id=person.customer_id).values_list("phone", flat=True).get()
        erased(person)
        with pytest.raises(DatabaseError, match="erased_customer_is_nobody"), transaction.atomic():
            Customer.objects.filter(id=person.customer_id).update(phone=box)

    def test_changes_no_number_of_an_account_somebody_holds(self, real_db: None) -> None:
        account = someone().account()
        with pytest.raises(DatabaseError, match="does not change"), transaction.atomic():
            Account.objects.filter(id=account.id).update(iban=None, iban_index=None, last4="")


class TestRights:
    def test_let_the_bank_do_to_every_table_what_the_register_says(self, real_db: None) -> None:
        refused = [
            f"{right} on {table.name}"
            for table in register.models()
            if table.subject and table.database == "default"
            for right, column in _needed(table)
            if not _may(table.model._meta.db_table, column, right)
        ]
        assert refused == []


class TestLedger:
    def test_has_an_erasure_once_and_names_nobody(self, real_db: None, ledger: Path) -> None:
        person = leaver()
        values = values_of(person)
        first = erased(person)
        erased(person)
        lines = ledger.read_text().splitlines()
        assert [json.loads(line)["erasure"] for line in lines] == [first.id]
        assert not any(value in ledger.read_text() for value in values)
        assert Erasure.objects.get(id=first.id).in_ledger_at

    def test_that_could_not_be_written_is_written_later(self, real_db: None) -> None:
        person = leaver()
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))  # as on a full disk
        try:
            done = erased(person)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
        assert Erasure.objects.get(id=done.id).in_ledger_at is None
        assert operations.keep_ledger() >= 1
        assert done.id in {entry.erasure for entry in erasures.entries()}

    def test_with_a_broken_line_stops_the_bank_rather_than_forgets(self, ledger: Path) -> None:
        ledger.parent.mkdir(exist_ok=True)
        ledger.write_text("{")
        with pytest.raises(erasures.LedgerUnreadable):
            erasures.is_erased("usr_x")

    def test_of_many_at_once_has_all(self, ledger: Path) -> None:
        entries = [erasures.Entry(f"ers_{n}", f"cus_{n}", f"usr_{n}", "2026-01-01", "x") for n in range(20)]
        together(*[lambda entry=entry: erasures.append(entry) for entry in entries])
        assert {entry.erasure for entry in erasures.entries()} == {entry.erasure for entry in entries}


@pytest.mark.slow
class TestRestoredBackup:
    def test_does_not_bring_an_erased_person_back(self, log_of_a_bank: Log, tmp_path: Path) -> None:
        person = leaver()
        app = signed_in(person.user)
        values = values_of(person)
        backup = dump(log_of_a_bank, tmp_path)
        first = erased(person)
        restore(log_of_a_bank, backup)
        assert values_of(person) == values  # the database has them back …
        assert app.get("/me").status == 401  # … and the bank does not serve them
        assert not health.works("erasures", health.PROBES["erasures"])
        call_command("reapply_erasures")
        assert health.works("erasures", health.PROBES["erasures"])
        again = Erasure.objects.get(customer=person.customer_id)
        assert (again.id, again.erased_at) == (first.id, first.erased_at)
        assert list(openings_of(person.user.id, personal_key=None)) == []
        assert Customer.objects.filter(id=person.customer_id).values_list("email", flat=True).get() is None
        assert operations.reapply_erasures(by=BY) == []

    def test_erases_again_even_who_has_an_account_open_in_it(
        self, log_of_a_bank: Log, tmp_path: Path
    ) -> None:
        person = someone()
        account = person.account()
        backup = dump(log_of_a_bank, tmp_path)
        close_own_account(account.id, by=person.actor)
        erased(person)
        restore(log_of_a_bank, backup)
        assert operations.reapply_erasures(by=BY) == [person.customer_id]
        assert Customer.objects.get(id=person.customer_id).erased_at


@pytest.mark.slow
class TestProofs:
    def test_still_hold_and_the_verifier_says_who_was_erased_when(self, log_of_a_bank: Log) -> None:
        person = leaver(with_app=False)
        seal()
        code, _ = verify_audit()
        assert code == 0
        done = erased(person)
        seal()
        code, said = verify_audit()
        assert code == 0, said
        assert f"{person.customer_id}: erased on " in said
        assert f"by event {done.event_id}" in said


def dump(log: Log, folder: Path) -> Path:
    """Back the database up with pg_dump, as an operator does."""
    file = folder / "backup.dump"
    _run("pg_dump", "--dbname", log.superuser_url, "--format=custom", "--file", str(file))
    return file


def restore(log: Log, file: Path) -> None:
    """Put the backup in the database's place with pg_restore."""
    server, _, name = log.superuser_url.rpartition("/")
    connections.close_all()
    for statement in (f'DROP DATABASE "{name}" WITH (FORCE)', f'CREATE DATABASE "{name}" OWNER bank_owner'):
        _run("psql", "--dbname", f"{server}/postgres", "--command", statement)
    _run("pg_restore", "--dbname", log.superuser_url, "--exit-on-error", str(file))


def _run(program: str, *arguments: str) -> None:
    done = subprocess.run(
        [bundled_binaries() / program, *arguments],
        env={"PATH": os.environ["PATH"]}, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def together(*deeds: Any) -> list[Any]:
    """Do all at once, each in a thread and on a connection of its own; an error of the bank is a result."""
    results: list[Any] = [None] * len(deeds)
    barrier = threading.Barrier(len(deeds))

    def do(place: int, deed: Any) -> None:
        barrier.wait()
        try:
            results[place] = deed()
        except BankError as error:
            results[place] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=do, args=each) for each in enumerate(deeds)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def _needed(table: register.Table) -> list[tuple[str, str]]:
    """Return what erasure has to be able to do with a table: rights, and the column they are on."""
    if table.at_erasure is AtErasure.DELETED or table.aged_by:
        return [("DELETE", "")]
    return [("UPDATE", table.model._meta.get_field(name).column) for name in table.emptied]


def _may(table: str, column: str, right: str) -> bool:
    name = f'"{table}"'
    with connection.cursor() as cursor:
        if column:
            cursor.execute("SELECT has_column_privilege(%s, %s, %s)", [name, column, right])
        else:
            cursor.execute("SELECT has_table_privilege(%s, %s)", [name, right])
        return bool(cursor.fetchone()[0])


def _read(person: Someone) -> set[str]:
    try:
        customer = Customer.objects.get(id=person.customer_id, erased_at=None)
    except Customer.DoesNotExist:
        return set()
    names = ("given_name", "family_name", "email", "phone", "address")
    return {str(getattr(customer, name)) for name in names} - {"Test"}


def _key(person: Someone) -> Any:
    return Customer.objects.get(id=person.customer_id).data_key
