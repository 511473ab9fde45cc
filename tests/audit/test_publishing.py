"""Publishing under a real witness: only what it cosigned, again when it is back, never a second history."""
# ruff: noqa: S608 - the SQL of a superuser who may write what they like

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connections
from prometheus_client import REGISTRY

from audit import keys, notes, published, queries, rotation, sealing, trust
from audit.published import LogStopped
from audit.witnessing import publish_newest
from tests.audit.backups import back_up, restore
from tests.audit.conftest import Log, record_one, seal
from tests.audit.test_verify import verify_audit
from tests.audit.witnesses import RunningWitness, witnessed_bank


@pytest.fixture
def witness(log: Log, tmp_path: Path, settings: Any) -> Iterator[RunningWitness]:
    """A running witness the bank's policy asks for."""
    with witnessed_bank(tmp_path, settings) as running:
        yield running


@pytest.fixture(autouse=True)
def _no_ledgers(monkeypatch: pytest.MonkeyPatch) -> None:
    """These logs have events of their own making."""
    from audit.ledgers import _REGISTERED

    for table in list(_REGISTERED):
        monkeypatch.delitem(_REGISTERED, table)


def sealed_head() -> int:
    """Seal one event more and return how many there are."""
    record_one()
    seal()
    return queries.get_checkpoint().size


class TestPublishing:
    def test_waits_for_the_witness(self, witness: RunningWitness, get: Any) -> None:
        sealed_head()
        assert get("/v1/audit/checkpoint").status_code == 404
        assert publish_newest() == 1
        assert get("/v1/audit/checkpoint").content.decode().split("\n")[1] == "1"
        sealed_head()
        assert get("/v1/audit/checkpoint").content.decode().split("\n")[1] == "1"
        assert publish_newest() == 2
        assert get("/v1/audit/checkpoint").content.decode().split("\n")[1] == "2"

    def test_does_nothing_twice(self, witness: RunningWitness) -> None:
        sealed_head()
        assert (publish_newest(), publish_newest()) == (1, None)

    def test_gives_a_proof_only_under_a_published_head(
        self, witness: RunningWitness, get: Any, log: Log
    ) -> None:
        caller = {"type": "customer", "user_id": "usr_alice"}
        sealed_head()
        path = f"/v1/audit/events/{log.sealed()[0]}/proof"
        assert get(path, caller).status_code == 404
        publish_newest()
        assert get(path, caller).status_code == 200

    def test_by_several_at_once_publishes_once(self, witness: RunningWitness, log: Log) -> None:
        for _ in range(5):
            sealed_head()
        sizes: list[int | None] = []

        def race() -> None:
            try:
                sizes.append(publish_newest())
            finally:
                connections.close_all()

        threads = [threading.Thread(target=race) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        assert sorted(size or 0 for size in sizes) == [0, 0, 0, 5]
        assert log.rows("SELECT size FROM audit.witnessed") == [(5,)]

    def test_asks_again_what_a_crash_left_unpublished(self, witness: RunningWitness, log: Log) -> None:
        sealed_head()
        publish_newest()
        log.tamper("TRUNCATE audit.witnessed")
        assert publish_newest() == 1
        sealed_head()
        log.tamper("TRUNCATE audit.witnessed")
        assert publish_newest() == 2


class TestSilentWitness:
    def test_keeps_the_bank_open_and_raises_an_alarm(self, witness: RunningWitness, get: Any) -> None:
        sealed_head()
        publish_newest()
        witness.kill()
        silent = REGISTRY.get_sample_value("bank_audit_witness_silent_total") or 0
        assert sealed_head() == 2
        assert publish_newest() is None
        assert get("/v1/audit/checkpoint").content.decode().split("\n")[1] == "1"
        assert queries.witness_silence_seconds() > 0
        assert REGISTRY.get_sample_value("bank_audit_witness_silent_total") == silent + 1
        assert sealed_head() == 3

    def test_that_is_back_is_asked_again(self, witness: RunningWitness) -> None:
        sealed_head()
        witness.kill()
        assert publish_newest() is None
        witness.start()
        assert publish_newest() == 1
        assert queries.witness_silence_seconds() == 0

    def test_that_answers_rubbish_publishes_nothing(
        self, witness: RunningWitness, settings: Any, tmp_path: Path
    ) -> None:
        """Another witness stands where ours should: its cosignature is good, but not the one asked for."""
        sealed_head()
        trusted = trust.Witness("w1", witness.trusted.key, f"http://127.0.0.1:{witness.port}")
        witness.kill()
        shutil.rmtree(witness.folder)
        witness.start("--new")
        Path(settings.AUDIT_POLICY_FILE).write_text(trust.text_of(trust.policy().logs, [trusted]))
        assert publish_newest() is None


class TestRestoredDatabase:
    """A copy of the database, taken earlier, stands where the database was."""

    def test_stops_the_log_by_the_note_kept_beside_it(self, witness: RunningWitness, log: Log) -> None:
        sealed_head()
        backup = back_up(log)
        sealed_head()
        publish_newest()
        restore(backup)
        record_one()
        with pytest.raises(LogStopped, match="1 leaves, but 2 were published"):
            seal()
        assert log.waiting() == 1
        assert verify_audit()[0] == 12

    def test_stops_the_log_by_the_witness_when_the_note_was_restored_too(
        self, witness: RunningWitness, log: Log
    ) -> None:
        sealed_head()
        backup, note = back_up(log), log.published.read_text()
        sealed_head()
        sealed_head()
        publish_newest()
        restore(backup)
        log.published.write_text(note)
        sealed_head()
        assert publish_newest() is None
        record_one()
        with pytest.raises(LogStopped, match="w1 remembers 3 leaves"):
            seal()
        assert verify_audit()[0] == 12

    def test_stops_the_log_by_the_witness_when_it_has_grown_longer(
        self, witness: RunningWitness, log: Log
    ) -> None:
        sealed_head()
        backup, note = back_up(log), log.published.read_text()
        sealed_head()
        publish_newest()
        restore(backup)
        log.published.write_text(note)
        for _ in range(3):
            sealed_head()
        assert publish_newest() is None
        with pytest.raises(LogStopped, match="does not continue"):
            published.require_not_stopped()
        assert verify_audit()[0] == 12

    def test_goes_on_only_by_a_decision_that_is_recorded(self, witness: RunningWitness, log: Log) -> None:
        sealed_head()
        published.stop("somebody looks into it")
        record_one()
        with pytest.raises(LogStopped):
            seal()
        call_command("adopt_audit_log", reason="false_alarm")
        assert seal() == 2
        assert publish_newest() == 3


class TestKeyRotation:
    @pytest.fixture
    def witness(self, log: Log, tmp_path: Path, settings: Any) -> Iterator[RunningWitness]:
        """A witness of a log with a key file of this test's own, to be replaced."""
        keys.generate_key(tmp_path / "log-key")
        settings.AUDIT_SIGNING_KEY_FILE = str(tmp_path / "log-key")
        with witnessed_bank(tmp_path, settings) as running:
            yield running

    def signers(self, log: Log) -> list[list[bytes]]:
        rows = log.rows("SELECT note FROM audit.checkpoint ORDER BY size")
        return [[key_id for _, key_id, _ in notes.Note.parse(row[0]).signatures] for row in rows]

    def test_is_a_leaf_then_two_signatures_then_one(
        self, witness: RunningWitness, log: Log, tmp_path: Path
    ) -> None:
        sealed_head()
        publish_newest()
        old = sealing.signing_key().verifier
        new = rotation.begin()
        sealed_head()
        assert publish_newest() == 3
        assert rotation.finish() == new
        sealed_head()
        assert publish_newest() == 5
        assert self.signers(log) == [[old.id], [old.id, new.id], [old.id, new.id], [new.id]]
        kinds = log.rows("SELECT kind, target FROM audit.leaf WHERE target LIKE 'log_key:%' ORDER BY index")
        assert kinds == [("audit.key_added", f"log_key:{new}"), ("audit.key_retired", f"log_key:{old}")]
        assert not keys.next_path(tmp_path / "log-key").exists()
        assert keys.public_keys(tmp_path / "log-key.pub") == [new]
        code, said = verify_audit()
        assert (code, "leaf 1 adds the log's key" in said) == (0, True), said

    def test_is_not_finished_before_a_published_head_bears_both(self, witness: RunningWitness) -> None:
        sealed_head()
        rotation.begin()
        witness.kill()
        sealed_head()
        with pytest.raises(CommandError, match="bears both"):
            call_command("rotate_audit_key", "finish")

    def test_is_begun_once(self, witness: RunningWitness) -> None:
        rotation.begin()
        with pytest.raises(CommandError, match="under way"):
            call_command("rotate_audit_key", "begin")

    def test_lets_no_retired_key_sign_a_head_of_today(self, witness: RunningWitness, log: Log) -> None:
        sealed_head()
        old = sealing.signing_key()
        rotation.begin()
        sealed_head()
        publish_newest()
        rotation.finish()
        sealed_head()
        size, root = log.rows("SELECT size, root FROM audit.checkpoint ORDER BY size DESC LIMIT 1")[0]
        forged = old.sign(notes.Head(old.name, size, bytes(root)))
        log.tamper(f"UPDATE audit.checkpoint SET note = '{forged}' WHERE size = {size}")
        code, said = verify_audit()
        assert (code, "before or after its time" in said) == (13, True), said
