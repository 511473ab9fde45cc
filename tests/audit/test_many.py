"""Many events at once are what each would be alone: the same bytes, commitments that open, one erasure."""

import base64
import json
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from audit import commitments, many, unrecorded
from audit.many import Recorded, record_all
from audit.openings import openings_of
from audit.operations import record
from bank.database.copying import copy_rows
from bank.observability.context import RequestContext
from bank.public_ids import new
from tests.audit.conftest import ALICE, Log

ALIKE = {"debtor_account": "acc_1", "currency": "GBP", "nothing": ""}


def some() -> list[Recorded]:
    """Return events of three forms."""
    own = {"amount": 100, "creditor_account": 'acc_"2%s%'}
    return [
        Recorded(
            "payment.completed", ("payment", new("pay")), uuid4(), changes=own, counted={"payee": "acc_1"}
        ),
        Recorded("payment.refused", ("payment", new("pay")), uuid4(), "denied", "AM04", own),
        Recorded(
            "payment.completed",
            ("payment", new("pay")),
            uuid4(),
            changes={"amount": 250, "creditor_account": "half a letter: \ud800"},
            counted={"payee": "acc_2"},
        ),
        Recorded(
            "payment.completed",
            ("payment", new("pay")),
            uuid4(),
            changes={"amount": ""},
            counted={"payee": ""},
        ),
    ]


class TestRecordAll:
    def test_writes_what_record_would(
        self, log: Log, request_context: RequestContext, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(commitments, "new_salt", lambda: b"s" * 32)
        events = some()
        with transaction.atomic():
            record_all(events, by=ALICE, alike=ALIKE)
        together = log.rows("SELECT event_id, body FROM audit.outbox ORDER BY id")
        log.tamper("DELETE FROM audit.outbox", "DELETE FROM audit.opening")
        for each in events:
            changes = {**ALIKE, **each.changes}
            with transaction.atomic():
                record(
                    each.kind, by=ALICE, target=each.target, event_id=each.event_id, outcome=each.outcome,
                    reason=each.reason, changes=changes, counted=each.counted,
                )  # fmt: skip
        assert together == log.rows("SELECT event_id, body FROM audit.outbox ORDER BY id")
        assert len(together) == 4

    def test_each_opens_to_what_it_committed_to(
        self, log: Log, request_context: RequestContext, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(many, "OPENED_TOGETHER", 3)
        events = some()
        with transaction.atomic():
            record_all(events, by=ALICE, alike=ALIKE)
        bodies = {
            row[0]: json.loads(bytes(row[1])) for row in log.rows("SELECT event_id, body FROM audit.outbox")
        }
        opened = dict(openings_of(str(ALICE.user_id), personal_key=None))
        assert set(opened) == set(bodies) == {each.event_id for each in events}
        assert log.rows("SELECT count(*) FROM audit.opening") == [(2,)]
        for event_id, opening in opened.items():
            salt = base64.urlsafe_b64decode(opening["salt"] + "=")
            said = commitments.commit_all(salt, event_id, opening["values"])
            assert said == in_the_leaf(bodies[event_id])
        assert opened[events[0].event_id]["values"]["change.amount.after"] == "100"

    def test_no_two_have_a_salt_in_common(self, log: Log) -> None:
        with transaction.atomic():
            record_all(some(), by=ALICE, alike=ALIKE)
        salts = [opening["salt"] for _, opening in openings_of(str(ALICE.user_id), personal_key=None)]
        assert len(set(salts)) == 4

    def test_of_none_writes_nothing(self, log: Log) -> None:
        with transaction.atomic():
            record_all([], by=ALICE)
        assert log.waiting() == 0

    def test_refuses_to_be_called_outside_a_transaction(self, log: Log) -> None:
        with pytest.raises(transaction.TransactionManagementError):
            record_all(some(), by=ALICE)

    def test_refuses_a_sentence_as_a_reason(self, log: Log) -> None:
        wrong = some()[1]._replace(reason="Alice had no money")
        with pytest.raises(ValueError, match="never a sentence"), transaction.atomic():
            record_all([wrong], by=ALICE)


class TestCopiedRows:
    def test_stand_there_as_they_were_given(self, log: Log) -> None:
        given = [(uuid4(), "•\t\\", bytes(range(256))), (uuid4(), "", b"")]
        rows = [(key.bytes, words.encode(), box) for key, words, box in given]
        with transaction.atomic():
            copy_rows("audit.opening", ("event_id", "subject", "box"), rows)
        found = log.rows("SELECT event_id, subject, box FROM audit.opening")
        assert sorted((row[0], row[1], bytes(row[2])) for row in found) == sorted(given)

    def test_that_break_a_rule_leave_nothing_and_are_counted(self, log: Log) -> None:
        twice = some()[:1] * 2
        before = unrecorded.count()
        with pytest.raises(IntegrityError), transaction.atomic():
            record_all(twice, by=ALICE)
        assert (log.waiting(), unrecorded.count()) == (0, before + 1)


def in_the_leaf(body: dict[str, Any]) -> dict[str, str]:
    """Return the commitments in an event, by path."""
    where = {f"where.{name}": body["where"][name] for name in ("ip", "user_agent")}
    return {f"change.{name}": digest for name, digest in body["change"].items()} | where
