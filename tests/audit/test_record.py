"""Recording: an event exists if and only if its change does, and says nothing about anybody in clear."""
# ruff: noqa: S608 - the SQL of a superuser who may write what they like

import base64
import contextlib
import json
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction

from audit import commitments
from audit.errors import TrailUnavailable
from audit.kinds import UnknownKind
from audit.operations import record, record_attempt
from bank.crypto import boxes
from bank.crypto.data_keys import DataKey
from bank.crypto.errors import CannotOpen
from bank.crypto.in_force import keys_for
from bank.observability.context import RequestContext
from tests.audit.conftest import ALICE, Log, record_one

TARGET = ("user", "usr_alice")


def body_of(log: Log, event_id: UUID) -> dict[str, Any]:
    """Return what waits under an id."""
    body = log.rows(f"SELECT body FROM audit.outbox WHERE event_id = '{event_id}'")[0][0]
    return json.loads(bytes(body))


class TestRecord:
    def test_commits_with_the_change(self, log: Log) -> None:
        event_id = record_one()
        assert log.rows("SELECT event_id FROM audit.outbox") == [(event_id,)]

    def test_leaves_nothing_when_the_change_is_rolled_back(
        self, log: Log, request_context: RequestContext
    ) -> None:
        with contextlib.suppress(ZeroDivisionError), transaction.atomic():
            record("login.succeeded", by=ALICE, target=TARGET)
            _ = 1 / 0  # the last write fails
        assert log.waiting() == 0
        assert log.rows("SELECT * FROM audit.opening") == []
        assert request_context.audit_event_id == ""

    def test_names_the_event_for_the_answer_once_committed(
        self, log: Log, request_context: RequestContext
    ) -> None:
        with transaction.atomic():
            event_id = record("login.succeeded", by=ALICE, target=TARGET)
            assert request_context.audit_event_id == ""
        assert request_context.audit_event_id == str(event_id)

    def test_refuses_to_be_called_outside_a_transaction(self, log: Log) -> None:
        with pytest.raises(transaction.TransactionManagementError):
            record("login.succeeded", by=ALICE, target=TARGET)

    def test_refuses_a_kind_that_is_not_on_the_page(self, log: Log) -> None:
        with pytest.raises(UnknownKind):
            record_one("login.whatever")

    def test_refuses_an_outcome_it_does_not_know(self, log: Log) -> None:
        with pytest.raises(ValueError, match="an outcome is one of"):
            record_one(outcome="fine")

    def test_refuses_a_sentence_as_a_reason(self, log: Log) -> None:
        with pytest.raises(ValueError, match="never a sentence"):
            record_one(reason="Alice Smith forgot her password")

    def test_refuses_a_later_step_of_what_has_no_life(self, log: Log) -> None:
        with pytest.raises(ValueError, match="step 2"):
            record_one(target_seq=2)

    def test_says_who_for_whom_to_what_and_from_where(
        self, log: Log, request_context: RequestContext
    ) -> None:
        from audit.actor import Actor

        piggy = Actor(
            type="app", user_id="usr_alice", client_id="piggy", consent_id="con_1", bound_to_consent=True,
            permissions=frozenset({"payments:create", "accounts:read"}), auth_method="private_key_jwt",
        )  # fmt: skip
        previous = record_one()
        event = body_of(
            log,
            record_one(
                "consent.revoked",
                by=piggy,
                target=("consent", "con_1"),
                target_seq=2,
                previous_event=previous,
            ),
        )
        assert event["actor"] == {"type": "app", "id": "piggy", "auth_method": "private_key_jwt"}
        assert event["on_behalf_of"] == {
            "user": "usr_alice", "consent": "con_1", "scopes": ["accounts:read", "payments:create"],
        }  # fmt: skip
        assert event["target"] == {
            "type": "consent", "id": "con_1", "entity_seq": 2, "previous_event": str(previous),
        }  # fmt: skip
        assert event["where"]["request_id"] == "req_1"


class TestPersonalData:
    def test_is_not_in_the_event_nor_readable_beside_it(
        self, log: Log, request_context: RequestContext
    ) -> None:
        record_one(personal={"name": "Alice Smith"}, changes={"email": ("a@old.example", "a@new.example")})
        kept = log.rows("SELECT o.body, p.box FROM audit.outbox o JOIN audit.opening p USING (event_id)")[0]
        for secret in ("Alice Smith", "a@old.example", "a@new.example", "203.0.113.9", "Alices phone"):
            assert secret.encode() not in bytes(kept[0])
            assert secret.encode() not in bytes(kept[1])

    def test_can_be_shown_to_be_what_was_committed_to(
        self, log: Log, request_context: RequestContext
    ) -> None:
        event_id = record_one(personal={"name": "Alice Smith"})
        opening = self.opening(log, event_id, keys_for("audit-opening/v1"))
        salt = base64.urlsafe_b64decode(opening["salt"] + "=")
        event = body_of(log, event_id)
        assert opening["values"]["personal.name"] == "Alice Smith"
        assert event["personal"]["name"] == commitments.commit(salt, event_id, "personal.name", "Alice Smith")
        assert event["where"]["ip"] == commitments.commit(salt, event_id, "where.ip", "203.0.113.9")
        assert event["personal"]["name"] != commitments.commit(salt, event_id, "personal.name", "Alice Smyth")

    def test_opens_with_the_persons_own_key_and_no_other(self, log: Log) -> None:
        key = DataKey.new()
        event_id = record_one(personal={"name": "Alice Smith"}, personal_key=key)
        assert self.opening(log, event_id, key)["values"] == {"personal.name": "Alice Smith"}
        with pytest.raises(CannotOpen):
            self.opening(log, event_id, keys_for("audit-opening/v1"))

    def test_of_equal_values_looks_different_in_each_event(self, log: Log) -> None:
        first, second = (body_of(log, record_one(personal={"name": "Alice"})) for _ in range(2))
        assert first["personal"]["name"] != second["personal"]["name"]

    @staticmethod
    def opening(log: Log, event_id: UUID, keys: boxes.Keys) -> dict[str, Any]:
        box = log.rows(f"SELECT box FROM audit.opening WHERE event_id = '{event_id}'")[0][0]
        return json.loads(boxes.unseal(bytes(box), keys=keys, place=f"audit.opening:{event_id}"))


class TestRecordAttempt:
    def test_survives_whatever_follows(self, log: Log) -> None:
        record_attempt("access.denied", by=ALICE, target=("permission", "p"), reason="insufficient_scope")
        assert log.waiting() == 1

    def test_fails_closed_when_it_cannot_be_written(self, log: Log) -> None:
        with log.unwritable(), pytest.raises(TrailUnavailable):
            record_attempt("access.denied", by=ALICE, target=("permission", "p"), reason="insufficient_scope")

    def test_refuses_to_be_part_of_a_transaction_that_may_fail(self, log: Log) -> None:
        with pytest.raises(RuntimeError), transaction.atomic():
            record_attempt("access.denied", by=ALICE, target=("permission", "p"), reason="insufficient_scope")
