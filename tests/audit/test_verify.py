"""verify_audit: what a superuser who covers their tracks gets, and what an untouched log says."""
# ruff: noqa: S608 - the SQL of a superuser who may write what they like

import base64
import io
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as bank_settings
from django.core.management import call_command

from audit import canonical, commitments, events, merkle, notes, trust
from audit.actor import Actor
from audit.events import Event
from audit.keys import generate_key, pinned_key, public_path
from audit.kinds import kind
from audit.ledgers import _REGISTERED
from audit.notes import Head, SigningKey
from audit.sealing import signing_key
from audit.verifier import verify
from bank.observability.context import RequestContext
from bank.public_ids import uuid7
from tests.audit.conftest import Log, record_one, seal

PROJECT = Path(verify.__file__).parents[2]


@pytest.fixture(autouse=True)
def _no_ledgers(monkeypatch: pytest.MonkeyPatch) -> None:
    """These logs have events of their own making; the ledger is matched in the tests that bring one."""
    for table in list(_REGISTERED):
        monkeypatch.delitem(_REGISTERED, table)


def verify_audit(**options: Any) -> tuple[int, str]:
    """Run the command and return its exit code and what it said."""
    said = io.StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("verify_audit", stdout=said, **options)
    return int(str(ended.value.code)), said.getvalue()


def rewrite(log: Log, key: SigningKey) -> None:
    """Make every stored hash and signed head fit the leaves again, as who holds the log's key can."""
    frontier, heads = merkle.Frontier(), {row[0] for row in log.rows("SELECT size FROM audit.checkpoint")}
    statements = []
    for index, body in log.rows("SELECT index, body FROM audit.leaf ORDER BY index"):
        digest = merkle.leaf_hash(bytes(body))
        frontier.extend([digest])
        statements.append(f"UPDATE audit.leaf SET hash = '\\x{digest.hex()}' WHERE index = {index}")
        if frontier.size in heads:
            note = key.sign(Head(key.name, frontier.size, frontier.root()))
            statements.append(
                f"UPDATE audit.checkpoint SET note = '{note}', root = '\\x{frontier.root().hex()}',"
                f" frontier = '\\x{frontier.to_bytes().hex()}' WHERE size = {frontier.size}"
            )
    log.tamper(*statements)


def fill(log: Log) -> None:
    """Seal six events under three heads."""
    for _ in range(3):
        record_one()
        record_one("login.ended")
        seal()


EDIT = """
    UPDATE audit.leaf SET body = convert_to(replace(convert_from(body, 'utf8'), 'login', 'logon'), 'utf8')
    WHERE index = 2
"""
KIND = "UPDATE audit.leaf SET kind = 'logon.succeeded' WHERE index = 2"


class TestUntouchedLog:
    def test_is_good(self, log: Log) -> None:
        fill(log)
        assert verify_audit() == (0, "6 events under 3 signed heads; 0 wait to be sealed\ngood\n")

    def test_is_good_while_events_wait(self, log: Log) -> None:
        fill(log)
        record_one()
        assert verify_audit()[0] == 0

    def test_is_good_when_empty(self, log: Log) -> None:
        assert verify_audit()[0] == 0

    def test_is_good_with_events_nobody_can_read(self, log: Log) -> None:
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO audit.outbox (event_id, body) VALUES (gen_random_uuid(), '\\xff00')")
        seal()
        assert verify_audit()[0] == 0

    def test_says_what_no_witness_has_cosigned_yet(self, log: Log, tmp_path: Path, settings: Any) -> None:
        fill(log)
        silent = tmp_path / "policy"
        key = generate_key(tmp_path / "witness", origin="witness.example/w1", type=notes.COSIGNATURE)
        silent.write_text(trust.text_of([pinned_key()], [trust.Witness("w1", key)]))
        settings.AUDIT_POLICY_FILE = str(silent)
        log.tamper("TRUNCATE audit.witnessed")
        assert verify_audit()[0] == 15


class TestTampering:
    @pytest.mark.parametrize(
        ("what", "code"),
        [
            ([EDIT], 10),
            (["UPDATE audit.leaf SET kind = 'login.ended' WHERE index = 0"], 10),
            (["UPDATE audit.leaf SET subject = 'usr_bob' WHERE index = 0"], 10),
            (["UPDATE audit.leaf SET recorded_at = recorded_at - interval '1 hour' WHERE index = 0"], 10),
            (["DELETE FROM audit.leaf WHERE index = 1"], 11),
            (["DELETE FROM audit.leaf WHERE index = 1",
              "UPDATE audit.leaf SET index = index - 1 WHERE index > 1"], 11),
            (["UPDATE audit.leaf SET index = 99 - index WHERE index IN (1, 2)",
              "UPDATE audit.leaf SET index = index - 96 WHERE index = 97",
              "UPDATE audit.leaf SET index = index - 96 WHERE index = 98"], 11),
            (["DELETE FROM audit.leaf WHERE index = 5"], 11),
            (["UPDATE audit.leaf SET index = index + 10 WHERE index > 3"], 11),
            (["TRUNCATE audit.leaf"], 11),
            (["INSERT INTO audit.leaf SELECT 6, gen_random_uuid(), recorded_at, kind, outcome, subject,"
              " target, body, hash FROM audit.leaf WHERE index = 0"], 10),
            (["DELETE FROM audit.checkpoint WHERE size = 6"], 11),
            (["DELETE FROM audit.leaf WHERE index > 3", "DELETE FROM audit.checkpoint WHERE size > 4"], 12),
            (["TRUNCATE audit.leaf, audit.checkpoint, audit.tile"], 12),
            (["UPDATE audit.checkpoint SET note = replace(note, E'\\n4\\n', E'\\n5\\n') WHERE size = 4"], 13),
            (["UPDATE audit.checkpoint SET note = 'nothing' WHERE size = 2"], 13),
        ],
    )  # fmt: skip
    def test_is_detected(self, log: Log, what: list[str], code: int) -> None:
        fill(log)
        assert verify_audit()[0] == 0
        log.tamper(*what)
        assert verify_audit()[0] == code

    def test_with_all_hashes_made_to_fit_is_detected(self, log: Log) -> None:
        fill(log)
        log.tamper(EDIT, KIND, "UPDATE audit.leaf SET hash = sha256('\\x00'::bytea || body)")
        code, said = verify_audit()
        assert (code, "the first 4 leaves are not those that were signed" in said) == (11, True)

    def test_with_the_logs_own_key_is_a_fork_of_what_was_published(self, log: Log) -> None:
        fill(log)
        log.tamper(EDIT, KIND)
        rewrite(log, signing_key())
        assert verify_audit()[0] == 12

    def test_with_a_strangers_key_is_detected(self, log: Log, tmp_path: Path) -> None:
        fill(log)
        generate_key(tmp_path / "other")
        rewrite(log, SigningKey.read(tmp_path / "other", name=bank_settings.AUDIT_LOG_ORIGIN))
        assert verify_audit()[0] == 13

    def test_of_the_published_head_is_detected(self, log: Log) -> None:
        fill(log)
        log.published.write_text(log.published.read_text().replace("\n6\n", "\n7\n"))
        assert verify_audit()[0] == 13


class TestLives:
    def test_that_follow_each_other_are_good(self, log: Log) -> None:
        target = ("consent", "con_1")
        first = record_one("consent.granted", target=target)
        record_one("consent.revoked", target=target, target_seq=2, previous_event=first)
        seal()
        assert verify_audit()[0] == 0

    @pytest.mark.parametrize(("seq", "follows"), [(3, True), (1, True), (2, False)])
    def test_with_a_missing_doubled_or_unjoined_step_are_incomplete(
        self, log: Log, seq: int, follows: bool
    ) -> None:
        target = ("consent", "con_1")
        first = record_one("consent.granted", target=target)
        record_one(
            "consent.revoked", target=target, target_seq=seq, previous_event=first if follows else None
        )
        seal()
        assert verify_audit()[0] == 14

    def test_are_not_touched_by_what_was_refused(self, log: Log) -> None:
        target = ("consent", "con_1")
        record_one("consent.granted", target=target)
        record_one("consent.revoked", target=target, outcome="denied", reason="not_yours")
        seal()
        assert verify_audit()[0] == 0


class TestLedger:
    @pytest.fixture
    def ledger(self, log: Log, monkeypatch: pytest.MonkeyPatch) -> Iterator[Log]:
        """A table of entries that name their events."""
        from audit import ledgers

        monkeypatch.setattr(ledgers, "_REGISTERED", {})
        ledgers.register("entries", "event", kinds={"payment.completed"})
        with log.superuser() as superuser:
            superuser.execute("CREATE TABLE entries (event uuid); GRANT SELECT ON entries TO bank_reader")
            yield log
            superuser.execute("DROP TABLE entries")

    def test_that_matches_is_good_sealed_or_waiting(self, ledger: Log) -> None:
        sealed = record_one("payment.completed", target=("payment", "pay_1"))
        seal()
        waiting = record_one("payment.completed", target=("payment", "pay_2"))
        ledger.tamper(f"INSERT INTO entries VALUES ('{sealed}'), ('{waiting}')")
        assert verify_audit()[0] == 0

    def test_with_an_entry_nobody_recorded_is_incomplete(self, ledger: Log) -> None:
        ledger.tamper("INSERT INTO entries VALUES (gen_random_uuid())")
        assert verify_audit()[0] == 14

    def test_with_two_entries_for_one_event_is_incomplete(self, ledger: Log) -> None:
        event = record_one("payment.completed", target=("payment", "pay_1"))
        ledger.tamper(f"INSERT INTO entries VALUES ('{event}'), ('{event}')")
        assert verify_audit()[0] == 14

    def test_that_lost_an_entry_is_incomplete(self, ledger: Log) -> None:
        record_one("payment.completed", target=("payment", "pay_1"))
        seal()
        assert verify_audit()[0] == 14

    def test_needs_no_entry_for_what_was_refused(self, ledger: Log) -> None:
        record_one("payment.completed", target=("payment", "pay_1"), outcome="denied", reason="x")
        seal()
        assert verify_audit()[0] == 0

    def test_is_a_table_and_a_column_and_no_sql(self) -> None:
        from audit import ledgers

        with pytest.raises(ValueError, match="a table and a column"):
            ledgers.register('x"; DROP TABLE y', "z")


class TestExport:
    def export(self, log: Log, tmp_path: Path) -> Path:
        fill(log)
        assert verify_audit(export=tmp_path / "export")[0] == 0
        return tmp_path / "export"

    def check(self, export: Path, key: Path | None = None) -> tuple[int, str]:
        """Check as a stranger does: the one file, in an empty folder, without the bank."""
        alone = export.parent / "verify.py"
        alone.write_text(Path(verify.__file__).read_text())
        key = key or public_path(Path(bank_settings.AUDIT_SIGNING_KEY_FILE))
        ran = subprocess.run(
            [sys.executable, str(alone), str(export), "--key", str(key)],
            cwd=export.parent, env={}, capture_output=True, text=True, timeout=50, check=False,
        )  # fmt: skip
        assert "Traceback" not in ran.stderr
        return ran.returncode, ran.stdout

    def test_is_checked_without_the_bank(self, log: Log, tmp_path: Path) -> None:
        assert self.check(self.export(log, tmp_path)) == (
            0, "6 events under 3 signed heads; 1 wait to be sealed\ngood\n",
        )  # fmt: skip

    def test_is_itself_recorded(self, log: Log, tmp_path: Path) -> None:
        self.export(log, tmp_path)
        seal()
        assert log.rows("SELECT kind FROM audit.leaf ORDER BY index DESC LIMIT 1") == [("audit.exported",)]

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            (lambda lines: [line.replace("login.ended", "login.endet") for line in lines], 10),
            (lambda lines: lines[:2] + lines[3:], 11),
            (lambda lines: lines[:-3], 11),
            (lambda lines: [*lines[:5], "rubbish", *lines[5:]], 10),
            (lambda lines: [*lines[:5], "[" * 5000, *lines[5:]], 10),
            (lambda lines: [*lines[:5], '{"leaf":5', *lines[5:]], 10),
            (lambda lines: [*lines[:5], '{"leaf":{}}', *lines[5:]], 10),
            (lambda lines: [*lines[:5], "x" * 3_000_000, *lines[5:]], 10),
            (lambda lines: [*lines[:5], '{"leaf":' + "9" * 5000 + "}", *lines[5:]], 10),
            (lambda lines: [], 10),
            (lambda lines: [json.dumps({"format": "other", "origin": "x"}), *lines[1:]], 10),
            (lambda lines: [lines[0].replace("harbour.bank", "other.bank"), *lines[1:]], 13),
        ],
    )
    def test_that_was_changed_is_refused(self, log: Log, tmp_path: Path, change: Any, code: int) -> None:
        export = self.export(log, tmp_path)
        export.write_text("\n".join(change(export.read_text().splitlines())) + "\n")
        assert self.check(export)[0] == code

    def test_with_an_event_twice_under_a_good_signature_is_refused(self, tmp_path: Path) -> None:
        key = signing_key()
        leaf = '{"at":"2026-01-01T00:00:00.000000Z","event_id":"e-1","raw":"eA=="}'
        root = merkle.root([merkle.leaf_hash(leaf.encode())] * 2)
        lines = [
            json.dumps({"format": verify.FORMAT, "origin": key.name, "ledgers": {}}),
            *[f"{base64.b64encode(merkle.leaf_hash(leaf.encode())).decode()} {leaf}"] * 2,
            json.dumps({"head": 2, "note": key.sign(Head(key.name, 2, root))}),
            json.dumps({"end": 2}),
        ]
        (tmp_path / "export").write_text("\n".join(lines) + "\n")
        code, said = self.check(tmp_path / "export")
        assert (code, "a second time" in said) == (11, True)

    def test_is_not_good_under_another_key(self, log: Log, tmp_path: Path) -> None:
        export = self.export(log, tmp_path)
        generate_key(tmp_path / "other", origin=pinned_key().name)
        assert self.check(export, public_path(tmp_path / "other"))[0] == 13


class TestReading:
    def test_reads_every_part_of_an_event_without_json(self) -> None:
        """Each part the bank can write is known to the verifier: one that is not costs ten times the time."""
        actor = Actor(type="app", user_id="usr_a", client_id="app", consent_id="con_a", break_glass="bga_1")
        event = Event(
            event_id=uuid7(), kind=kind("posting.booked"), actor=actor, target=("user", "usr_a"),
            context=RequestContext(request_id="req_1", ip="203.0.113.9", user_agent="x"), build="b",
            reason="asked", target_seq=2, previous_event=uuid7(), changes={"roles": ("a", "b")},
            personal={"name": "Alice"},
        )  # fmt: skip
        digests = commitments.commit_all(b"s" * 32, event.event_id, event.committed_values())
        parts = events._parts(event, digests, {"address": "3abc", "login": "3def"})
        full = canonical.dumps(events._without_empty(parts))
        assert set(parts) == set(json.loads(full))
        leaf = b'{"at":"2026-11-28T12:00:00.000000Z","event":' + full + b"}"
        found = verify._EVENT.fullmatch(leaf)
        assert found is not None
        assert found.groups() == verify._slowly(leaf)
