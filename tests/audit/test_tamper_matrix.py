"""A superuser with the log's key against the log: what each deed is found out by, and what is not found out.

docs/what-the-log-proves.md says the same in words. Each row is checked twice: by `verify_audit`, which asks
the witness, and by the one-file verifier in an empty folder, with the pinned policy and one old receipt.
"""
# ruff: noqa: S608 - the SQL of a superuser who may write what they like

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from audit import exports, queries, trust
from audit.actor import Actor
from audit.sealing import signing_key
from audit.verifier import verify
from audit.witnessing import publish_newest
from tests.audit.backups import back_up, restore
from tests.audit.conftest import Log, record_one, seal
from tests.audit.test_verify import rewrite, verify_audit
from tests.audit.witnesses import witnessed_bank

AUDITOR = Actor(type="staff", user_id="usr_auditor", permissions=frozenset({"audit:read"}))
EVERYTHING = "audit.leaf, audit.checkpoint, audit.tile, audit.witnessed"
TEXT = "convert_to(replace(convert_from(body, 'utf8'), '{}', '{}'), 'utf8')"
EDIT = (
    f"UPDATE audit.leaf SET body = {TEXT.format('login', 'logon')}, kind = 'logon.succeeded' WHERE index = 2"
)
FIT = "UPDATE audit.leaf SET hash = sha256('\\x00'::bytea || body)"
NEW_ID = "ffffffff-0000-7000-8000-000000000000"
NEW_BODY = f"convert_to(replace(convert_from(body, 'utf8'), event_id::text, '{NEW_ID}'), 'utf8')"
INSERT_IN_THE_PAST = (
    "UPDATE audit.leaf SET index = index + 1000 WHERE index >= 2",
    "UPDATE audit.leaf SET index = index - 999 WHERE index >= 1000",
    f"INSERT INTO audit.leaf SELECT 2, '{NEW_ID}', recorded_at, kind, outcome, subject, target, {NEW_BODY},"
    f" sha256('\\x00'::bytea || {NEW_BODY}) FROM audit.leaf WHERE index = 0",
)
SWAP = (
    "UPDATE audit.leaf SET index = 99 - index WHERE index IN (1, 2)",
    "UPDATE audit.leaf SET index = index - 96 WHERE index IN (97, 98)",
)
OLD_TIME = (
    f"UPDATE audit.leaf SET recorded_at = recorded_at - interval '1 day', body = {TEXT.format('at', 'at')}"
    " WHERE index = 1"
)
OLD_TIME_IN_THE_BYTES = (
    "UPDATE audit.leaf SET body = overlay(body placing '1999'::bytea from 8) WHERE index = 1"
)


@dataclass(frozen=True)
class Scene:
    """A bank whose log is witnessed, and what its auditor and a customer kept from an honest day."""

    log: Log
    folder: Path
    receipt: Path

    def stand_alone(self, *more: str) -> int:
        """Export, and check with the one file in an empty folder; return its exit code."""
        (self.folder / "export").write_bytes(b"".join(line + b"\n" for line in exports.lines()))
        (self.folder / "verify.py").write_text(Path(verify.__file__).read_text())
        ran = subprocess.run(
            [sys.executable, "verify.py", "export", "--policy", "policy", *more],
            cwd=self.folder, env={}, capture_output=True, text=True, timeout=50, check=False,
        )  # fmt: skip
        assert "Traceback" not in ran.stderr
        return ran.returncode

    def codes(self) -> tuple[int, int]:
        """Return what the bank's own command says, and what an auditor with one old receipt finds."""
        return verify_audit()[0], self.stand_alone("--receipt", str(self.receipt))


@pytest.fixture(autouse=True)
def _no_ledgers(monkeypatch: pytest.MonkeyPatch) -> None:
    """The ledger is brought by the test that needs one."""
    from audit import ledgers

    monkeypatch.setattr(ledgers, "_REGISTERED", {})


@pytest.fixture
def scene(log: Log, tmp_path: Path, settings: Any) -> Iterator[Scene]:
    """Six events under three heads, all witnessed, and a receipt for the fifth."""
    with witnessed_bank(tmp_path, settings):
        for _ in range(3):
            record_one()
            record_one("login.ended")
            seal()
            publish_newest()
        receipt = tmp_path / "mine.tlog-proof"
        receipt.write_text(queries.get_proof(log.sealed()[4], by=AUDITOR).tlog_proof())
        found = Scene(log, tmp_path, receipt)
        assert found.codes() == (0, 0)
        yield found


def by_hand(*statements: str) -> Callable[[Scene], None]:
    """Run statements with the triggers off, and put the triggers back."""
    return lambda scene: scene.log.tamper(*statements)


def rewrite_all(scene: Scene) -> None:
    """Change an event and sign a whole new history with the log's own key; forget the cosigned heads."""
    scene.log.tamper(EDIT, FIT, "TRUNCATE audit.witnessed, audit.tile")
    rewrite(scene.log, signing_key())
    scene.log.published.write_text(scene.log.rows("SELECT note FROM audit.checkpoint WHERE size = 6")[0][0])


def truncate_with_the_key(scene: Scene) -> None:
    """Cut the newest events off everywhere, the note beside the database too."""
    scene.log.tamper(
        "DELETE FROM audit.leaf WHERE index > 3",
        "DELETE FROM audit.checkpoint WHERE size > 4",
        "DELETE FROM audit.witnessed WHERE size > 4",
    )
    scene.log.published.write_text(scene.log.rows("SELECT note FROM audit.checkpoint WHERE size = 4")[0][0])


def forge_the_cosignature(scene: Scene) -> None:
    """Let the log's own key stand in for the witness."""
    rewrite_all(scene)
    scene.log.tamper("INSERT INTO audit.witnessed SELECT size, note FROM audit.checkpoint")


DEEDS: dict[str, tuple[Callable[[Scene], None], int]] = {
    "edits an event": (by_hand(EDIT), 10),
    "edits an event and makes its hash fit": (by_hand(EDIT, FIT), 11),
    "deletes an event": (by_hand("DELETE FROM audit.leaf WHERE index = 1"), 11),
    "deletes an event and closes the gap": (
        by_hand(
            "DELETE FROM audit.leaf WHERE index = 1",
            "UPDATE audit.leaf SET index = index - 1 WHERE index > 1",
        ),
        11,
    ),
    "swaps two events": (by_hand(*SWAP), 11),
    "inserts an event in the past": (by_hand(*INSERT_IN_THE_PAST), 11),
    "forges a time in the bytes": (by_hand(OLD_TIME_IN_THE_BYTES), 10),
    "deletes all rows": (by_hand("TRUNCATE audit.leaf"), 11),
    "deletes the newest rows and their heads": (
        by_hand("DELETE FROM audit.leaf WHERE index > 3", "DELETE FROM audit.checkpoint WHERE size > 4"),
        12,
    ),
    "deletes all rows and all heads": (by_hand(f"TRUNCATE {EVERYTHING}"), 12),
    "deletes the newest everywhere, the note beside the database too": (truncate_with_the_key, 12),
    "rewrites all with the real key": (rewrite_all, 12),
    "rewrites all and signs in the witness's place": (forge_the_cosignature, 13),
}


class TestSuperuserWho:
    @pytest.mark.parametrize("deed", DEEDS)
    def test_is_found_out(self, scene: Scene, deed: str) -> None:
        act, code = DEEDS[deed]
        act(scene)
        assert scene.codes() == (code, code)

    def test_forges_the_time_people_search_by_is_found_out_inside(self, scene: Scene) -> None:
        """The column is a copy; the export carries the bytes, which are untouched."""
        scene.log.tamper(OLD_TIME)
        assert scene.codes() == (10, 0)

    def test_restores_an_old_backup_is_found_out(self, scene: Scene) -> None:
        backup = back_up(scene.log)
        record_one()
        seal()
        publish_newest()
        later = scene.folder / "later"
        later.write_text(queries.get_published().note)
        restore(backup)
        assert verify_audit()[0] == 12
        assert scene.stand_alone("--note", str(later)) == 12

    def test_switches_a_trigger_off_and_on_again_leaves_the_deed_to_be_found(self, scene: Scene) -> None:
        with scene.log.superuser() as superuser:
            superuser.execute("ALTER TABLE audit.leaf DISABLE TRIGGER leaf_is_never_changed")
            superuser.execute("UPDATE audit.leaf SET body = body || ' ' WHERE index = 3")
            superuser.execute("ALTER TABLE audit.leaf ENABLE ALWAYS TRIGGER leaf_is_never_changed")
        assert scene.codes() == (10, 10)

    def test_drops_a_step_before_it_is_sealed_leaves_a_hole_in_a_life(self, scene: Scene) -> None:
        steps = [record_one("consent.granted", target=("consent", "con_1"))]
        for seq in (2, 3):
            more = {"target_seq": seq, "previous_event": steps[-1]}
            steps.append(record_one("consent.revoked", target=("consent", "con_1"), **more))
        scene.log.tamper(f"DELETE FROM audit.outbox WHERE event_id = '{steps[1]}'")
        seal()
        publish_newest()
        assert scene.codes() == (14, 14)

    def test_drops_a_payments_event_before_it_is_sealed_leaves_the_ledger_alone(
        self, scene: Scene, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from audit import ledgers

        ledgers.register("entries", "event", kinds={"payment.completed"})
        with scene.log.superuser() as superuser:
            superuser.execute("CREATE TABLE entries (event uuid); GRANT SELECT ON entries TO bank_reader")
            event = record_one("payment.completed", target=("payment", "pay_1"))
            superuser.execute(f"INSERT INTO entries VALUES ('{event}')")
            assert scene.codes() == (0, 0)
            scene.log.tamper(f"DELETE FROM audit.outbox WHERE event_id = '{event}'")
            try:
                assert scene.codes() == (14, 14)
            finally:
                superuser.execute("DROP TABLE entries")


class TestWindowBeforeTheWitness:
    """What nobody finds out: it was done before the witness saw it. Its length is the witnessing's."""

    def test_lets_a_moment_be_dropped_before_it_is_sealed(self, scene: Scene) -> None:
        event = record_one()
        scene.log.tamper(f"DELETE FROM audit.outbox WHERE event_id = '{event}'")
        seal()
        assert scene.codes() == (0, 0)

    def test_lets_a_time_be_forged_before_it_is_sealed(self, scene: Scene) -> None:
        record_one()
        scene.log.tamper("UPDATE audit.outbox SET recorded_at = '1999-01-01'")
        seal()
        publish_newest()
        assert scene.codes() == (0, 0)

    def test_lets_who_holds_the_note_too_cut_off_a_head_no_witness_saw(self, scene: Scene) -> None:
        kept = scene.log.published.read_text()
        record_one()
        seal()
        scene.log.tamper(
            "DELETE FROM audit.leaf WHERE index > 5", "DELETE FROM audit.checkpoint WHERE size > 6"
        )
        assert scene.codes() == (12, 12)
        scene.log.published.write_text(kept)
        assert scene.codes() == (0, 0)

    def test_is_said_to_be_open(self, scene: Scene) -> None:
        record_one()
        seal()
        assert scene.stand_alone() == 15
        publish_newest()
        assert scene.stand_alone() == 0


class TestWithoutWitnessOrReceipt:
    def test_a_rewrite_with_the_real_key_leaves_nothing_cosigned(self, scene: Scene) -> None:
        """Nothing contradicts it, but nothing vouches for it either."""
        rewrite_all(scene)
        assert scene.stand_alone() == 15

    def test_a_bank_that_asks_for_no_witness_proves_nothing_against_who_holds_its_key(
        self, scene: Scene, settings: Any
    ) -> None:
        rewrite_all(scene)
        scene.log.tamper("INSERT INTO audit.witnessed SELECT size, note FROM audit.checkpoint")
        (scene.folder / "policy").write_text(trust.text_of([signing_key().verifier], []))
        assert scene.stand_alone() == 0
