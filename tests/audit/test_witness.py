"""The witness by itself, over HTTP: what it cosigns, what it refuses and how, and that it never forgets."""

import base64
import os
import re
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from audit.keys import generate_key
from audit.notes import Head, SigningKey
from tests.audit import c2sp
from tests.audit.test_c2sp import SIGSUM_KEY, SIGSUM_NOTE, SIGSUM_ORIGIN
from tests.audit.witnesses import RunningWitness, running_witness

ORIGIN = "log.example/one"
LEAVES = [b"leaf %d" % number for number in range(40)]


@pytest.fixture
def log_key(tmp_path: Path) -> SigningKey:
    """The key of a log the witness knows."""
    generate_key(tmp_path / "log", origin=ORIGIN)
    return SigningKey.read(tmp_path / "log", name=ORIGIN)


@pytest.fixture
def witness(tmp_path: Path, log_key: SigningKey) -> Iterator[RunningWitness]:
    """A witness that has never cosigned anything."""
    with running_witness(tmp_path / "witness", tmp_path / "log.pub") as running:
        yield running


@pytest.fixture(scope="module")
def lasting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningWitness]:
    """A witness of many logs: one process for all tests that each come with a log of their own."""
    folder = tmp_path_factory.mktemp("lasting")
    generate_key(folder / "log", origin=ORIGIN)
    with running_witness(folder / "witness", folder / "log.pub") as running:
        yield running


def submission(key: SigningKey, old: int, new: int, leaves: list[bytes] = LEAVES, **changed: Any) -> str:
    """Return the body of add-checkpoint from one size to another, made by RFC 6962's own recursion."""
    head = Head(key.name, new, c2sp.tree_hash(leaves[:new]))
    proof = changed.get("proof", c2sp.consistency(old, leaves[:new]) if 0 < old <= new else [])
    lines = [f"old {changed.get('said', old)}", *(base64.b64encode(digest).decode() for digest in proof)]
    return "\n".join(lines) + "\n\n" + changed.get("note", key.sign(head))


@pytest.mark.xdist_group("lasting witness")
class TestAddCheckpoint:
    @pytest.fixture
    def witness(self, lasting: RunningWitness) -> RunningWitness:
        """A witness that has never cosigned anything of this test's log."""
        return lasting

    @pytest.fixture
    def log_key(self, lasting: RunningWitness, tmp_path: Path) -> SigningKey:
        """The key of a log of this test's own, which the witness knows from now on."""
        origin = f"log.example/{uuid4().hex}"
        with lasting.log_keys.open("a") as keys:
            keys.write(f"{generate_key(tmp_path / 'log', origin=origin)}\n")
        return SigningKey.read(tmp_path / "log", name=origin)

    def test_cosigns_each_head_that_continues_the_last(
        self, witness: RunningWitness, log_key: SigningKey
    ) -> None:
        key = c2sp.Key.read(str(witness.trusted.key))
        for old, new in [(0, 1), (1, 2), (2, 7), (7, 7), (7, 8), (8, 33), (33, 40)]:
            status, _, lines = witness.post(submission(log_key, old, new))
            assert status == 200
            note = c2sp.Note.read(log_key.sign(Head(log_key.name, new, c2sp.tree_hash(LEAVES[:new]))) + lines)
            [at] = note.times_signed_by(key)
            assert at is not None
            assert abs(at - time.time()) < 30

    def test_begins_with_a_head_of_no_leaves(self, witness: RunningWitness, log_key: SigningKey) -> None:
        assert witness.post(submission(log_key, 0, 0))[0] == 200
        assert witness.post(submission(log_key, 0, 3))[0] == 200

    def test_names_the_size_it_knows_when_another_is_said(
        self, witness: RunningWitness, log_key: SigningKey
    ) -> None:
        witness.post(submission(log_key, 0, 5))
        for said in (0, 4, 6):
            answer = witness.post(submission(log_key, said, 8))
            assert answer == (409, "text/x.tlog.size", "5\n")

    def test_refuses_another_history_of_the_same_size(
        self, witness: RunningWitness, log_key: SigningKey
    ) -> None:
        witness.post(submission(log_key, 0, 5))
        forged = [b"forged", *LEAVES[1:]]
        assert witness.post(submission(log_key, 5, 5, forged))[:2] == (409, "text/x.tlog.size")

    def test_refuses_another_history_that_is_longer(
        self, witness: RunningWitness, log_key: SigningKey
    ) -> None:
        witness.post(submission(log_key, 0, 5))
        forged = [b"forged", *LEAVES[1:]]
        assert witness.post(submission(log_key, 5, 9, forged))[0] == 422
        assert witness.post(submission(log_key, 5, 9))[0] == 200

    @pytest.mark.parametrize("proof", [[], [bytes(32)], [bytes(32)] * 63])
    def test_refuses_a_proof_that_is_none(
        self, witness: RunningWitness, log_key: SigningKey, proof: list[bytes]
    ) -> None:
        witness.post(submission(log_key, 0, 5))
        assert witness.post(submission(log_key, 5, 9, proof=proof))[0] == 422

    def test_refuses_a_proof_from_nothing(self, witness: RunningWitness, log_key: SigningKey) -> None:
        assert witness.post(submission(log_key, 0, 5, proof=[bytes(32)]))[0] == 422

    def test_refuses_a_shorter_log_than_it_says(self, witness: RunningWitness, log_key: SigningKey) -> None:
        assert witness.post(submission(log_key, 6, 5))[0] == 400

    def test_does_not_know_other_logs(self, witness: RunningWitness, tmp_path: Path) -> None:
        generate_key(tmp_path / "other", origin="log.example/other")
        other = SigningKey.read(tmp_path / "other", name="log.example/other")
        note = other.sign(Head("log.example/other", 1, bytes(32)))
        assert witness.post(f"old 0\n\n{note}")[0] == 404

    def test_refuses_who_is_not_the_log(
        self, witness: RunningWitness, log_key: SigningKey, tmp_path: Path
    ) -> None:
        generate_key(tmp_path / "thief", origin=log_key.name)
        thief = SigningKey.read(tmp_path / "thief", name=log_key.name)
        assert witness.post(submission(thief, 0, 5))[0] == 403
        good = submission(log_key, 0, 5)
        assert witness.post(good[:-12] + ("AAAA" if good[-12:-8] != "AAAA" else "BBBB") + good[-8:])[0] == 403

    def test_passes_by_signatures_of_keys_it_does_not_know(
        self, witness: RunningWitness, log_key: SigningKey, tmp_path: Path
    ) -> None:
        generate_key(tmp_path / "other", origin=log_key.name)
        other = SigningKey.read(tmp_path / "other", name=log_key.name)
        head = Head(log_key.name, 5, c2sp.tree_hash(LEAVES[:5]))
        both = other.sign(head) + log_key.line(head.text())
        assert witness.post(submission(log_key, 0, 5, note=both))[0] == 200

    @pytest.mark.parametrize(
        "body",
        [
            "", "\n", "\n\n", "old 0", "old 0\n\n", "old 00\n\nx", "old -1\n\nx", "old 1\nrubbish\n\nx",
            b"\xff\xfe\n\n", "old 0\n" + "AA==\n" * 3 + "\nx", "new 0\n\nx", "old 0\n\n\n\n\n",
            "old 9223372036854775808000\n\nx",
        ],
    )  # fmt: skip
    def test_refuses_what_is_no_submission(self, witness: RunningWitness, body: bytes | str) -> None:
        assert witness.post(body)[0] == 400

    def test_refuses_more_than_63_hashes(self, witness: RunningWitness, log_key: SigningKey) -> None:
        assert witness.post(submission(log_key, 0, 5, proof=[bytes(32)] * 64))[0] == 400

    def test_refuses_a_large_body_without_reading_it(self, witness: RunningWitness) -> None:
        assert witness.post("x" * 70_000)[0] == 400

    def test_takes_the_submission_another_program_makes(self, witness: RunningWitness) -> None:
        from audit.notes import VerifierKey

        with witness.log_keys.open("a") as keys:
            keys.write(f"{VerifierKey(SIGSUM_ORIGIN, SIGSUM_KEY)}\n")
        status, _, lines = witness.post(f"old 0\n\n{SIGSUM_NOTE}")
        assert status == 200
        note = c2sp.Note.read(SIGSUM_NOTE + lines)
        assert len(note.times_signed_by(c2sp.Key.read(str(witness.trusted.key)))) == 1

    @pytest.mark.parametrize("path", ["/", "/add-checkpoint/", "/add-checkpoint?x", "/../add-checkpoint"])
    def test_is_at_one_place(self, witness: RunningWitness, log_key: SigningKey, path: str) -> None:
        assert witness.ask("POST", path, submission(log_key, 0, 1))[0] == 404


class TestMemory:
    def test_outlives_a_kill(self, witness: RunningWitness, log_key: SigningKey) -> None:
        witness.post(submission(log_key, 0, 5))
        witness.kill()
        witness.start()
        assert witness.post(submission(log_key, 0, 5)) == (409, "text/x.tlog.size", "5\n")

    def test_is_shown_to_whoever_compares(self, witness: RunningWitness, log_key: SigningKey) -> None:
        assert witness.ask("GET", "/newest/log.example%2Fone")[0] == 404
        witness.post(submission(log_key, 0, 5))
        status, _, note = witness.ask("GET", "/newest/log.example%2Fone")
        assert status == 200
        assert c2sp.Checkpoint.read(c2sp.Note.read(note).text).size == 5

    def test_holds_one_history_when_many_submit_at_once(
        self, witness: RunningWitness, log_key: SigningKey
    ) -> None:
        histories = [[b"history %d" % which, *LEAVES[1:]] for which in range(8)]
        bodies = [submission(log_key, 0, 5, history) for history in histories]
        statuses: list[int] = []
        threads = [
            threading.Thread(target=lambda body=body: statuses.append(witness.post(body)[0]))
            for body in bodies
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        assert sorted(statuses) == [200] + [409] * 7

    def test_that_is_gone_keeps_the_witness_from_starting(self, witness: RunningWitness) -> None:
        witness.kill()
        (witness.folder / "heads.sqlite").unlink()
        process = witness.run()
        _, said = process.communicate(timeout=20)
        assert process.returncode == 2
        assert "heads.sqlite is gone; it does not start" in said
        assert not (witness.folder / "heads.sqlite").exists()

    def test_that_goes_while_it_runs_is_not_made_anew(
        self, witness: RunningWitness, log_key: SigningKey
    ) -> None:
        witness.post(submission(log_key, 0, 5))
        (witness.folder / "heads.sqlite").unlink()
        with pytest.raises(Exception, match=re.compile("disconnected|closed|reset", re.IGNORECASE)):
            witness.post(submission(log_key, 0, 5))
        assert not (witness.folder / "heads.sqlite").exists()

    def test_is_not_begun_again_over_another(self, witness: RunningWitness) -> None:
        witness.kill()
        process = witness.run("--new")
        _, said = process.communicate(timeout=20)
        assert process.returncode == 2
        assert "there is a witness here already" in said


class TestProcess:
    def test_ends_in_order_when_asked(self, witness: RunningWitness) -> None:
        assert witness.stop(signal.SIGTERM) == 0

    def test_keeps_its_key_and_memory_to_itself(self, witness: RunningWitness) -> None:
        for name in ("key", "heads.sqlite"):
            assert os.stat(witness.folder / name).st_mode & 0o077 == 0

    def test_does_not_wait_for_a_caller_who_says_nothing(
        self, witness: RunningWitness, log_key: SigningKey
    ) -> None:
        import socket

        with socket.create_connection(("127.0.0.1", witness.port)) as silent:
            silent.sendall(b"POST /add-checkpoint HTTP/1.1\r\nContent-Length: 5000\r\n\r\nold")
            assert witness.post(submission(log_key, 0, 5))[0] == 200
