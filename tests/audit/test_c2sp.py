# ruff: noqa: S608 - the SQL of a superuser who may write what they like
"""What the bank and its witness write, read by a checker made from C2SP's specifications alone (c2sp.py)."""

import time
from pathlib import Path
from typing import Any

import pytest

from audit import merkle, notes, trust
from audit.keys import generate_key, pinned_key
from audit.notes import COSIGNATURE, Head, NoteInvalid, SigningKey, VerifierKey
from audit.witnessing import publish_newest
from tests.audit import c2sp
from tests.audit.conftest import Log, record_one, seal
from tests.audit.test_api import ALICE_SELF
from tests.audit.witnesses import witnessed_bank

# golang.org/x/mod/sumdb/note, which signed-note was written down from.
GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_NOTE = (
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n"
    "\N{EM DASH} PeterNeumann "
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
# A log of the Sigsum project, as the tests of the litewitness program submit it.
SIGSUM_ORIGIN = "sigsum.org/v1/tree/985ea163f5af026723561354f51f2ebcdcf2af809ce254ccfb64aa9aadd80f90"
SIGSUM_KEY = bytes.fromhex("52c05edad1bf5feffa81354faae59a655d9a9a1a793ed2f62c39c26c0be2aecd")
SIGSUM_NOTE = (
    f"{SIGSUM_ORIGIN}\n1\nKgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n\N{EM DASH} {SIGSUM_ORIGIN} "
    "7BKT0gOfNZ1J0So9unY3BZtm2YkPIoNYM/dce0Z2avJDs8dxN6ts9bOSwwrVrbjm6P9K3ZxpK6jJngOG6YvGGzV/lwo=\n"
)
# The examples of tlog-cosignature and tlog-checkpoint; their keys are not published, their form is.
SOFA = (
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
    "\N{EM DASH} example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2"
    "q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
    "\N{EM DASH} witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2"
    "oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n"
)


class TestPublishedVectors:
    def test_of_go_are_read_by_both(self) -> None:
        assert notes.Note.parse(GO_NOTE).is_signed_by(VerifierKey.parse(GO_KEY))
        assert c2sp.Note.read(GO_NOTE).times_signed_by(c2sp.Key.read(GO_KEY)) == [None]

    def test_of_sigsum_are_read_by_both(self) -> None:
        key = VerifierKey(SIGSUM_ORIGIN, SIGSUM_KEY)
        assert notes.open_note(SIGSUM_NOTE, key).size == 1
        assert c2sp.Note.read(SIGSUM_NOTE).times_signed_by(c2sp.Key.read(str(key))) == [None]

    def test_of_the_specification_have_a_form_both_accept(self) -> None:
        ours, theirs = notes.Note.parse(SOFA), c2sp.Note.read(SOFA)
        assert (ours.text, list(ours.signatures)) == (theirs.text, theirs.signatures)
        assert Head.parse(ours.text).size == c2sp.Checkpoint.read(theirs.text).size == 20852163
        assert int.from_bytes(ours.signatures[1][2][:8]) == 1679315147

    @pytest.mark.parametrize(
        "broken",
        [
            SOFA.replace("\n20852163\n", "\n020852163\n"),
            SOFA.replace("\n20852163\n", "\n+20852163\n"),
            SOFA.replace("\n20852163\n", "\n\n"),
            SOFA.replace("q2I=", "q2J="),
            SOFA.replace("q2I=", "q2I"),
            SOFA.replace("\N{EM DASH}", "-"),
            SOFA.replace("\N{EM DASH} ", "\N{EM DASH}"),
            SOFA.replace("sofa A", "sofa  A"),
            SOFA[:-1],
            SOFA + "\n",
            SOFA.replace("\n", "\r\n"),
            SOFA.replace("sofa\n", "sofa\t\n"),
        ],
    )
    def test_that_were_broken_are_refused(self, broken: str) -> None:
        with pytest.raises(NoteInvalid):
            Head.parse(notes.Note.parse(broken).text)


class TestWhatTheBankWrites:
    @pytest.fixture
    def published(self, log: Log, tmp_path: Path, settings: Any, get: Any) -> Any:
        """A log of eleven events under four heads, the last one witnessed; returns how to GET."""
        with witnessed_bank(tmp_path, settings):
            for number in range(11):
                record_one()
                if number % 3 == 0:
                    seal()
            seal()
            assert publish_newest() == 11
            yield get

    def keys(self, get: Any) -> tuple[c2sp.Key, c2sp.Key]:
        """Read log and witness keys from the published policy (tlog-policy)."""
        lines = get("/v1/audit/policy").content.decode().splitlines()
        words = [line.split(" ") for line in lines]
        assert [word[0] for word in words] == ["log", "witness", "quorum"]
        assert words[2][1] == words[1][1]
        return c2sp.Key.read(words[0][1]), c2sp.Key.read(words[1][2])

    def test_is_a_checkpoint_signed_by_log_and_witness(self, published: Any, log: Log) -> None:
        log_key, witness_key = self.keys(published)
        note = c2sp.Note.read(published("/v1/audit/checkpoint").content.decode())
        checkpoint = c2sp.Checkpoint.read(note.text)
        assert checkpoint.origin == log_key.name
        assert (log_key.algorithm, witness_key.algorithm) == (1, 4)
        assert note.times_signed_by(log_key) == [None]
        [at] = note.times_signed_by(witness_key)
        assert at is not None
        assert abs(at - time.time()) < 60
        leaves = [bytes(row[0]) for row in log.rows("SELECT body FROM audit.leaf ORDER BY index")]
        assert (checkpoint.size, checkpoint.root) == (11, c2sp.tree_hash(leaves))

    def test_are_proofs_that_lead_from_each_leaf_to_the_cosigned_root(self, published: Any, log: Log) -> None:
        log_key, witness_key = self.keys(published)
        for index, event_id in enumerate(log.sealed()):
            answer = published(f"/v1/audit/events/{event_id}/receipt", ALICE_SELF)
            assert answer["Content-Disposition"] == f'attachment; filename="{event_id}.tlog-proof"'
            proof = c2sp.Proof.read(answer.content.decode())
            assert proof.index == index
            assert proof.extra == bytes(log.rows(f"SELECT body FROM audit.leaf WHERE index = {index}")[0][0])
            proof.check(proof.extra)
            assert len(proof.note.times_signed_by(log_key)) == 1
            assert len(proof.note.times_signed_by(witness_key)) == 1

    def test_are_consistency_proofs_of_rfc_6962(self, published: Any, log: Log) -> None:
        import base64

        leaves = [bytes(row[0]) for row in log.rows("SELECT body FROM audit.leaf ORDER BY index")]
        for old in range(1, 12):
            answer = published(f"/v1/audit/consistency?from={old}").json()
            assert answer["new_size"] == 11
            told = [base64.b64decode(line) for line in answer["consistency_proof"]]
            assert told == c2sp.consistency(old, leaves)


class TestMerkle:
    @pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 9, 31, 33, 64, 100])
    def test_makes_the_proofs_of_the_specification(self, size: int) -> None:
        leaves = [b"%d" % number for number in range(size)]
        hashes = [merkle.leaf_hash(leaf) for leaf in leaves]
        root = merkle.root(hashes)
        assert root == c2sp.tree_hash(leaves)

        def node(level: int, index: int) -> bytes:
            return merkle.root(hashes[index << level : (index + 1) << level])

        for old in range(1, size + 1):
            assert merkle.consistency_proof(old, size, node) == c2sp.consistency(old, leaves)


class TestPolicy:
    KEYS = "witness a {0}\nwitness b {1}\nwitness c {2}\n"

    @pytest.fixture
    def keys(self, tmp_path: Path) -> list[SigningKey]:
        """Three witnesses and, last, a log."""
        made = []
        for name in ("a", "b", "c"):
            generate_key(tmp_path / name, origin=f"w.example/{name}", type=COSIGNATURE)
            made.append(SigningKey.read(tmp_path / name, name=f"w.example/{name}", type=COSIGNATURE))
        generate_key(tmp_path / "log", origin="log.example")
        return [*made, SigningKey.read(tmp_path / "log", name="log.example")]

    @pytest.mark.parametrize(
        ("rule", "agreed", "holds"),
        [
            ("quorum none", "", True),
            ("quorum a", "a", True),
            ("quorum a", "bc", False),
            ("group g any a b\nquorum g", "b", True),
            ("group g any a b\nquorum g", "c", False),
            ("group g all a b c\nquorum g", "ab", False),
            ("group g 2 a b c\nquorum g", "ac", True),
            ("group g 2 a b c\nquorum g", "c", False),
            ("group g any a b\ngroup h all g c\nquorum h", "bc", True),
            ("group g any a b\ngroup h all g c\nquorum h", "ab", False),
        ],
    )
    def test_counts_as_it_says(self, keys: list[SigningKey], rule: str, agreed: str, holds: bool) -> None:
        from audit.verifier import verify

        *witnesses, log = keys
        text = f"log {log.verifier}\n" + self.KEYS.format(*(key.verifier for key in witnesses)) + rule + "\n"
        head = Head("log.example", 1, bytes(32))
        lines = [key.cosign(head.text(), 1) for key in witnesses if key.name[-1] in agreed]
        note = log.sign(head) + "".join(lines)
        policy, alone = trust.Policy.parse(text), verify.Policy.parse(text)
        assert policy.signed(note) == head
        assert (policy.is_witnessed(note), alone.is_witnessed(alone.open(note))) == (holds, holds)

    @pytest.mark.parametrize(
        "rule",
        [
            "", "quorum", "quorum x", "quorum a\nquorum b", "quorum a\x00", "rubbish\nquorum a",
            "group g 3 a b\nquorum g", "group g 0 a\nquorum g", "group g any\nquorum g",
            "group g any g\nquorum g", "group g any a a\nquorum g", "group none any a\nquorum none",
            "witness a {0}\nquorum a", "witness d {0}\nquorum d", "witness d {log}\nquorum d",
            "log {0}\nquorum a",
        ],
    )  # fmt: skip
    def test_that_says_what_none_can_is_refused(self, keys: list[SigningKey], rule: str) -> None:
        *witnesses, log = keys
        written = rule.format(*(key.verifier for key in witnesses), log=log.verifier)
        with pytest.raises(trust.PolicyInvalid):
            trust.Policy.parse(self.KEYS.format(*(key.verifier for key in witnesses)) + written)

    def test_of_a_bank_without_a_witness_asks_for_none(self, log: Log) -> None:
        assert trust.policy_text() == f"log {pinned_key()}\nquorum none\n"

    def test_whose_file_is_gone_is_not_a_weaker_policy(self, log: Log, settings: Any, tmp_path: Path) -> None:
        settings.AUDIT_POLICY_FILE = str(tmp_path / "gone")
        record_one()
        with pytest.raises(FileNotFoundError):
            seal()
