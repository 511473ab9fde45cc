"""A person's copy of their data: complete by the register, nobody else's, signed, sealed, gone in time."""

import base64
import datetime as dt
import hashlib
import json
import threading
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, connection, connections
from joserfc import jwk, jws
from joserfc.jws import JWSRegistry

from accounts.models import Customer
from bank.access.roles import COMPLIANCE
from bank.errors import NotFound
from bank.privacy import register
from oauth import signing_keys
from privacy import operations, queries
from privacy.document import SOMEBODY_ELSE
from privacy.models import DataExport
from privacy.operations import exports
from privacy.operations.exports import KEPT, expire_exports, make_export
from tests.audit.conftest import Log, log_of_a_bank, seal
from tests.support.customers import Someone, someone
from tests.support.own_app import signed_in
from tests.support.staff import officer

__all__ = ["log_of_a_bank"]  # a fixture


class _LargePayloads(JWSRegistry):
    max_payload_length = 10_000_000


@pytest.fixture(autouse=True)
def no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Exports are made where a test says so."""
    monkeypatch.setattr("privacy.operations.exports._hint", lambda export_id: None)


def document_for(person: Someone) -> dict[str, Any]:
    """Ask for, make and read a person's export."""
    export = operations.request_export(by=person.actor)
    assert make_export(export.id)
    return json.loads(queries.document_of(queries.get_export(export.id, owned_by=person.actor)))


def rows_of(document: dict[str, Any], table: str) -> list[dict[str, Any]]:
    return next(shown["rows"] for shown in document["tables"] if shown["name"] == table)


class TestRegister:
    def test_says_of_every_table_about_people_that_it_is_shown_or_why_not(self) -> None:
        silent = [
            table.name
            for table in register.tables()
            if table.about_the_person() and not table.subject and not table.left_out
        ]
        assert silent == []

    def test_document_shows_every_field_about_a_person_or_says_why_not(self, real_db: None) -> None:
        document = document_for(someone())
        shown = {table["name"] for table in document["tables"]}
        left_out = {entry["name"]: entry for entry in document["left_out"]}
        for table in register.tables():
            if not (table.subject or table.about_the_person()):
                continue
            if table.left_out:
                assert left_out[table.name]["because"], table.name
                continue
            assert table.name in shown, table.name
            hidden = set(left_out.get(table.name, {}).get("fields", ()))
            named = {field.name for field in table.shown_to_the_person()} | hidden
            assert named == {field.name for field in table.fields}, table.name


class TestDocument:
    def test_holds_what_the_bank_knows_in_clear(self, real_db: None) -> None:
        person = someone()
        account = person.account("12.50", name="Holiday money")
        document = document_for(person)
        customer = Customer.objects.get(id=person.customer_id)
        told = rows_of(document, "accounts.Customer")[0]
        for name in ("given_name", "family_name", "email", "phone", "address"):
            assert told[name] == getattr(customer, name)
        assert told["birth_date"] == "1990-01-01"
        kept = rows_of(document, "accounts.Account")
        assert [(row["iban"], row["name"]) for row in kept] == [(account.iban, "Holiday money")]
        assert [row["amount"] for row in rows_of(document, "accounts.Entry")] == [1250]

    def test_fills_every_field_of_each_row(self, real_db: None) -> None:
        person = someone()
        person.app([person.account("1.00")])
        for shown in document_for(person)["tables"]:
            fields = {f.name for f in register.table(shown["name"]).shown_to_the_person()}
            for row in shown["rows"]:
                assert fields <= set(row), shown["name"]

    def test_names_nobody_else(self, real_db: None) -> None:
        person, other, stranger = someone(), someone(), someone()
        together = person.account("5.00", holders={other.customer_id: "joint"})
        watched = stranger.account("7.00", name="Not yours", holders={person.customer_id: "viewer"})
        stranger.account("9.00")
        text = json.dumps(document_for(person), ensure_ascii=False)
        for somebody in (other, stranger):
            customer = Customer.objects.get(id=somebody.customer_id)
            for canary in (customer.family_name, customer.email, somebody.user.id, somebody.user.username):
                assert str(canary) not in text
            assert somebody.customer_id not in text
        assert watched.iban not in text
        assert "Not yours" not in text
        assert str(together.iban) in text

    def test_tells_of_a_joint_holder_the_first_letters(self, real_db: None) -> None:
        person, other = someone(), someone()
        account = person.account(holders={other.customer_id: "joint"})
        name = Customer.objects.get(id=other.customer_id).family_name or ""
        told = document_for(person)["held_together"]
        masked = f"T••• {name[0]}••••••"
        assert told == [{"account": account.id, "role": "joint", "name": masked}]

    def test_says_somebody_else_in_place_of_their_id(self, real_db: None) -> None:
        person, clerk = someone(), officer(COMPLIANCE)
        operations.unmask(person.customer_id, "email", purpose="duty", case_number="CASE-1", by=clerk)
        seen = rows_of(document_for(person), "privacy.Unmasking")[0]
        assert (seen["seen_by"], seen["field"], seen["case_number"]) == (SOMEBODY_ELSE, "email", "CASE-1")

    @pytest.mark.slow
    def test_shows_the_log_and_what_its_commitments_commit_to(self, log_of_a_bank: Log) -> None:
        person = someone()
        operations.restrict("accuracy", by=person.actor)
        seal()
        document = document_for(person)
        kinds = {row["kind"] for row in rows_of(document, "audit.Leaf")}
        assert "customer.restricted" in kinds
        opened = [row["box"]["values"] for row in rows_of(document, "audit.opening")]
        assert {"change.restriction.after": "accuracy"}.items() <= {
            key: value for values in opened for key, value in values.items()
        }.items()

    def test_is_read_from_one_snapshot(self, real_db: None) -> None:
        export = operations.request_export(by=someone().actor)
        make_export(export.id)
        with connection.cursor() as cursor:
            cursor.execute("SHOW transaction_isolation")
            assert cursor.fetchone() == ("read committed",)  # only the reading of the document was stricter


class TestLife:
    def test_is_asked_for_once_while_it_is_made(self, real_db: None) -> None:
        person = someone()
        first = operations.request_export(by=person.actor)
        assert operations.request_export(by=person.actor).id == first.id
        make_export(first.id)
        assert operations.request_export(by=person.actor).id != first.id

    def test_is_made_once_by_many_at_once(self, real_db: None) -> None:
        person = someone()
        export = operations.request_export(by=person.actor)
        made: list[bool] = []
        barrier = threading.Barrier(4)

        def make() -> None:
            barrier.wait()
            made.append(make_export(export.id))
            connections.close_all()

        threads = [threading.Thread(target=make) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(made) == [False, False, False, True]
        assert DataExport.objects.get(id=export.id).version == 2

    def test_is_sealed_in_the_database(self, real_db: None) -> None:
        person = someone()
        document_for(person)
        with connection.cursor() as cursor:
            cursor.execute("SELECT document FROM privacy_dataexport ORDER BY requested_at DESC LIMIT 1")
            box = bytes(cursor.fetchone()[0])
        assert box[0] == 1
        assert b"mail.example" not in box

    def test_is_over_by_the_clock_and_then_destroyed(self, real_db: None) -> None:
        person = someone()
        document_for(person)
        export = queries.list_exports(owned_by=person.actor)[0]
        with time_machine.travel(dt.datetime.now(dt.UTC) + KEPT + dt.timedelta(seconds=5), tick=False):
            assert queries.present_status(export) == "EXPIRED"
            while expire_exports():  # a few at once; tests before this one left theirs
                pass
        kept = DataExport.objects.get(id=export.id)
        assert (kept.status, kept.document) == ("EXPIRED", None)

    def test_that_cannot_be_destroyed_holds_up_no_other(
        self, real_db: None, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        failing, other = (operations.request_export(by=someone().actor) for _ in range(2))
        assert make_export(failing.id)
        assert make_export(other.id)
        expire = exports._expire

        def fail(export_id: str) -> bool:
            if export_id == failing.id:
                raise IntegrityError("no")
            return expire(export_id)

        monkeypatch.setattr(exports, "AT_ONCE", DataExport.objects.count())
        monkeypatch.setattr(exports, "_expire", fail)
        with time_machine.travel(dt.datetime.now(dt.UTC) + KEPT + dt.timedelta(seconds=5), tick=False):
            expire_exports()
        assert DataExport.objects.get(id=other.id).status == "EXPIRED"
        assert DataExport.objects.get(id=failing.id).status == "READY"
        (line,) = [each for each in caplog.records if each.message == "one piece of work failed"]
        assert line.export_id == failing.id  # type: ignore[attr-defined]

    def test_that_cannot_be_made_is_tried_again_and_given_up(
        self, real_db: None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        export = operations.request_export(by=someone().actor)

        def fail(*_: Any, **__: Any) -> str:
            raise RuntimeError("no")

        monkeypatch.setattr("privacy.document.write", fail)
        assert [make_export(export.id) for _ in range(5)] == [False] * 5
        assert DataExport.objects.get(id=export.id).status == "FAILED"

    def test_is_nobody_elses(self, real_db: None) -> None:
        person = someone()
        export = operations.request_export(by=person.actor)
        for other in (someone().actor, officer(COMPLIANCE)):
            with pytest.raises(NotFound):
                queries.get_export(export.id, owned_by=other)


class TestApi:
    def test_hands_out_a_document_signed_by_the_bank(self, real_db: None) -> None:
        person = someone()
        app = signed_in(person.user)
        asked = app.post("/me/exports")
        assert (asked.status, asked.json["status"]) == (202, "REQUESTED")
        early = app.get(f"/me/exports/{asked.json['id']}/document")
        assert (early.status, early.json["code"]) == (409, "export_not_ready")
        make_export(asked.json["id"])
        ready = app.get(f"/me/exports/{asked.json['id']}")
        assert ready.json["status"] == "READY"
        answer = app.get(f"/me/exports/{asked.json['id']}/document")
        body = answer.text.encode()
        assert hashlib.sha256(body).hexdigest() == ready.json["sha256"]
        assert signature_holds(answer.headers["X-JWS-Signature"], body)
        assert not signature_holds(answer.headers["X-JWS-Signature"], body + b" ")

    def test_asks_for_two_factors(self, real_db: None) -> None:
        refused = signed_in(someone().user, factors=1).post("/me/exports")
        assert (refused.status, refused.json["code"]) == (401, "insufficient_user_authentication")

    def test_records_who_read_it(self, real_db: None) -> None:
        person = someone()
        app = signed_in(person.user)
        asked = app.post("/me/exports")
        make_export(asked.json["id"])
        answer = app.get(f"/me/exports/{asked.json['id']}/document")
        assert answer.headers["Audit-Event-Id"]
        assert answer.headers["Cache-Control"] == "no-store"

    def test_is_not_there_for_anybody_else(self, real_db: None) -> None:
        mine = signed_in(someone().user).post("/me/exports").json["id"]
        other = signed_in(someone().user)
        assert other.get(f"/me/exports/{mine}").status == 404
        assert other.get(f"/me/exports/{mine}/document").status == 404
        assert other.get("/me/exports/nonsense").status == 404


def signature_holds(signature: str, body: bytes) -> bool:
    """Check a detached JWS against the bank's public keys, as anybody can."""
    header, empty, value = signature.split(".")
    assert empty == ""
    compact = f"{header}.{base64.urlsafe_b64encode(body).rstrip(b'=').decode()}.{value}"
    keys = jwk.KeySet.import_key_set(signing_keys.public_jwks())
    try:
        jws.deserialize_compact(compact, keys, registry=_LargePayloads(algorithms=["PS256"]))
    except Exception:  # noqa: BLE001 - whatever is wrong, it does not hold
        return False
    return True
