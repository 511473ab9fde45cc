"""The log over HTTP: heads and proofs that a stranger can check, and nobody else's events."""

import base64
import json
import uuid
from typing import Any

import pytest

from audit import merkle, notes
from audit.actor import Actor
from audit.keys import pinned_key
from tests.audit.conftest import Log, record_one, seal

AUDITOR = {"type": "staff", "user_id": "usr_auditor", "permissions": ["audit:read"]}
ALICE_SELF = {"type": "customer", "user_id": "usr_alice"}
BOB_SELF = {"type": "customer", "user_id": "usr_bob"}
PIGGY_FOR_ALICE = {
    "type": "app", "user_id": "usr_alice", "client_id": "piggy",
    "consent_id": "con_1", "bound_to_consent": True,
}  # fmt: skip


def sealed_events(count: int) -> list[uuid.UUID]:
    """Record and seal events of Alice's, a few at a time."""
    recorded = []
    for number in range(count):
        recorded.append(record_one())
        if number % 3 == 2:
            seal()
    seal()
    return recorded


def unbase64(texts: list[str]) -> list[bytes]:
    """Return hashes as bytes."""
    return [base64.b64decode(text) for text in texts]


class TestCheckpoint:
    def test_is_a_signed_note_for_everybody(self, get: Any) -> None:
        sealed_events(4)
        answer = get("/v1/audit/checkpoint")
        assert (answer.status_code, answer["Content-Type"]) == (200, "text/plain; charset=utf-8")
        assert notes.open_note(answer.content.decode(), pinned_key()).size == 4

    def test_is_not_found_before_anything_was_sealed(self, get: Any) -> None:
        assert get("/v1/audit/checkpoint").status_code == 404


class TestProof:
    def test_leads_from_the_leaf_to_the_signed_root(self, get: Any) -> None:
        for number, event_id in enumerate(sealed_events(11)):
            proof = get(f"/v1/audit/events/{event_id}/proof", ALICE_SELF).json()
            head = notes.open_note(proof["checkpoint"], pinned_key())
            leaf = merkle.leaf_hash(proof["leaf"].encode())
            path = unbase64(proof["inclusion_proof"])
            assert (proof["leaf_index"], proof["tree_size"], head.size) == (number, 11, 11)
            assert merkle.verify_inclusion(number, 11, leaf, path, head.root)
            assert json.loads(proof["leaf"])["event"]["event_id"] == str(event_id)

    def test_can_be_kept_as_a_tlog_proof(self, get: Any) -> None:
        event_id = sealed_events(3)[1]
        proof = get(f"/v1/audit/events/{event_id}/proof", ALICE_SELF).json()
        first, extra, index, *rest = proof["tlog_proof"].split("\n")
        assert (first, index) == ("c2sp.org/tlog-proof@v1", "index 1")
        assert base64.b64decode(extra.removeprefix("extra ")).decode() == proof["leaf"]
        assert rest[: rest.index("")] == proof["inclusion_proof"]
        assert "\n".join(rest[rest.index("") + 1 :]) == proof["checkpoint"]

    def test_of_somebody_elses_event_is_the_same_404_as_of_none(self, get: Any) -> None:
        event_id = sealed_events(1)[0]
        theirs = get(f"/v1/audit/events/{event_id}/proof", BOB_SELF)
        nobodys = get(f"/v1/audit/events/{uuid.uuid4()}/proof", BOB_SELF)
        assert (theirs.status_code, nobodys.status_code) == (404, 404)
        differs = {"instance", "request_id"}
        assert {k: v for k, v in theirs.json().items() if k not in differs} == {
            k: v for k, v in nobodys.json().items() if k not in differs
        }

    def test_needs_a_token(self, get: Any) -> None:
        event_id = sealed_events(1)[0]
        assert get(f"/v1/audit/events/{event_id}/proof").status_code == 401

    def test_of_any_event_is_shown_to_who_may_read_the_trail(self, get: Any) -> None:
        event_id = sealed_events(1)[0]
        assert get(f"/v1/audit/events/{event_id}/proof", AUDITOR).status_code == 200

    def test_of_what_an_app_did_is_shown_to_the_app_and_its_customer_only(self, get: Any) -> None:
        piggy = Actor(type="app", user_id="usr_alice", client_id="piggy", consent_id="con_1")
        event_id = record_one("token.issued", by=piggy, target=("token", "t"))
        seal()
        asked = [PIGGY_FOR_ALICE, ALICE_SELF, {**PIGGY_FOR_ALICE, "consent_id": "con_2"}, BOB_SELF]
        answers = [get(f"/v1/audit/events/{event_id}/proof", actor).status_code for actor in asked]
        assert answers == [200, 200, 404, 404]

    def test_of_a_customers_own_doing_is_not_shown_to_an_app(self, get: Any) -> None:
        event_id = sealed_events(1)[0]
        assert get(f"/v1/audit/events/{event_id}/proof", PIGGY_FOR_ALICE).status_code == 404

    def test_of_an_event_that_waits_is_not_found_yet(self, get: Any) -> None:
        sealed_events(1)
        event_id = record_one()
        assert get(f"/v1/audit/events/{event_id}/proof", ALICE_SELF).status_code == 404


class TestReceipt:
    def test_is_the_proof_as_a_file_for_whose_event_it_is(self, get: Any) -> None:
        event_id = sealed_events(3)[1]
        proof = get(f"/v1/audit/events/{event_id}/proof", ALICE_SELF).json()
        receipt = get(f"/v1/audit/events/{event_id}/receipt", ALICE_SELF)
        assert (receipt.status_code, receipt.content.decode()) == (200, proof["tlog_proof"])
        assert receipt["Content-Type"] == "text/plain; charset=utf-8"

    @pytest.mark.parametrize(("caller", "status"), [(BOB_SELF, 404), (None, 401), (AUDITOR, 200)])
    def test_is_for_nobody_else_but_the_auditor(self, get: Any, caller: Any, status: int) -> None:
        event_id = sealed_events(1)[0]
        assert get(f"/v1/audit/events/{event_id}/receipt", caller).status_code == status


class TestPolicy:
    def test_names_the_logs_key_for_everybody(self, get: Any) -> None:
        answer = get("/v1/audit/policy")
        assert (answer.status_code, answer["Content-Type"]) == (200, "text/plain; charset=utf-8")
        assert f"log {pinned_key()}\n" in answer.content.decode()

    def test_that_cannot_be_read_is_not_found(self, get: Any, settings: Any) -> None:
        settings.AUDIT_POLICY_FILE = "/nowhere/policy"
        assert get("/v1/audit/policy").status_code == 404


class TestConsistency:
    def test_joins_every_older_head_to_a_newer(self, get: Any, log: Log) -> None:
        sealed_events(10)
        roots = {size: bytes(root) for size, root in log.rows("SELECT size, root FROM audit.checkpoint")}
        pairs = [(old, new) for old in roots.items() for new in roots.items() if old[0] <= new[0]]
        for (old, old_root), (new, new_root) in pairs:
            answer = get(f"/v1/audit/consistency?from={old}&to={new}").json()
            proof = unbase64(answer["consistency_proof"])
            assert merkle.verify_consistency(old, new, old_root, new_root, proof)

    def test_goes_to_the_newest_head_when_none_is_named(self, get: Any) -> None:
        sealed_events(4)
        assert get("/v1/audit/consistency?from=3").json()["new_size"] == 4

    @pytest.mark.parametrize(
        ("query", "status"),
        [
            ("", 400), ("from=0", 400), ("from=-1", 400), ("from=1.5", 400), ("from=x", 400),
            ("from=1&to=0", 400), ("from=1&from=2", 400), ("from=1&more=1", 400),
            ("from=5", 404), ("from=3&to=2", 404), ("from=1&to=9", 404),
            ("from=99999999999999999999", 400), ("from=4611686018427387904", 400),
        ],
    )  # fmt: skip
    def test_refuses_sizes_that_are_none(self, get: Any, query: str, status: int) -> None:
        sealed_events(4)
        assert get(f"/v1/audit/consistency?{query}").status_code == status


class TestEvents:
    def test_are_listed_page_by_page_the_newest_first(self, get: Any) -> None:
        recorded = [str(event_id) for event_id in sealed_events(7)]
        listed: list[str] = []
        path = "/v1/audit/events?limit=3&kind=login.succeeded"
        while path:
            page = get(path, AUDITOR).json()
            listed += [event["event_id"] for event in page["data"]]
            path = (
                f"/v1/audit/events?limit=3&kind=login.succeeded&cursor={page['next_cursor']}"
                * page["has_more"]
            )
            record_one()
            seal()
        assert listed == recorded[::-1]

    def test_are_found_by_target_and_subject(self, get: Any) -> None:
        sealed_events(2)
        mine = str(record_one("consent.granted", target=("consent", "con_9")))
        seal()
        found = get("/v1/audit/events?target=consent:con_9&subject=usr_alice", AUDITOR).json()["data"]
        assert [event["event_id"] for event in found] == [mine]

    def test_are_for_who_may_read_the_trail(self, get: Any) -> None:
        assert get("/v1/audit/events", ALICE_SELF).status_code == 403
        assert get("/v1/audit/events").status_code == 401

    def test_reading_is_recorded_before_anything_is_shown(self, get: Any, log: Log) -> None:
        get("/v1/audit/events", AUDITOR)
        seal()
        assert log.rows("SELECT kind, subject FROM audit.leaf") == [("audit.read", "usr_auditor")]

    def test_are_not_shown_when_the_reading_cannot_be_recorded(self, get: Any, log: Log) -> None:
        sealed_events(1)
        with log.unwritable():
            assert get("/v1/audit/events", AUDITOR).status_code == 503

    def test_that_nobody_can_read_are_shown_as_they_are(self, get: Any) -> None:
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO audit.outbox (event_id, body) VALUES (gen_random_uuid(), 'rubbish')")
        seal()
        assert get("/v1/audit/events?kind=raw", AUDITOR).json()["data"][0]["kind"] == "raw"
