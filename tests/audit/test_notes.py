"""Signed notes: ours, and one of Go's sumdb, which the format comes from."""

from pathlib import Path

import pytest

from audit import notes
from audit.keys import generate_key, public_path
from audit.notes import Head, NoteInvalid, SigningKey, VerifierKey

# The example of golang.org/x/mod/sumdb/note.
NEUMANN = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
SIGNATURE = (
    "\N{EM DASH} PeterNeumann "
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
)
HEAD = Head("harbour.bank/audit", 7, bytes(range(32)))


@pytest.fixture
def key(tmp_path: Path) -> SigningKey:
    """A key just made."""
    generate_key(tmp_path / "key")
    return SigningKey.read(tmp_path / "key", name=HEAD.origin)


class TestNote:
    def test_says_what_was_signed(self, key: SigningKey) -> None:
        assert notes.open_note(key.sign(HEAD), key.verifier) == HEAD

    def test_has_the_form_of_c2sp(self, key: SigningKey) -> None:
        lines = key.sign(HEAD).split("\n")
        assert lines[:4] == [HEAD.origin, "7", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", ""]
        assert lines[4].startswith(f"\N{EM DASH} {HEAD.origin} ")
        assert lines[5:] == [""]

    def test_of_go_is_understood(self) -> None:
        key = VerifierKey.parse(NEUMANN)
        assert str(key) == NEUMANN
        assert notes.Note.parse(f"{TEXT}\n{SIGNATURE}\n").is_signed_by(key)

    def test_with_another_witness_beside_is_understood(self, key: SigningKey) -> None:
        assert notes.open_note(key.sign(HEAD) + SIGNATURE + "\n", key.verifier) == HEAD

    @pytest.mark.parametrize("found", ["\n7\n", "AAECAwQ", HEAD.origin + "\n"])
    def test_is_refused_when_a_word_was_changed(self, key: SigningKey, found: str) -> None:
        changed = key.sign(HEAD).replace(
            found, found.replace("7", "8").replace("AAEC", "AAED").replace("h", "H", 1), 1
        )
        with pytest.raises(NoteInvalid):
            notes.open_note(changed, key.verifier)

    def test_of_another_key_with_the_same_name_is_refused(self, key: SigningKey, tmp_path: Path) -> None:
        generate_key(tmp_path / "other")
        other = SigningKey.read(tmp_path / "other", name=HEAD.origin)
        with pytest.raises(NoteInvalid):
            notes.open_note(other.sign(HEAD), key.verifier)

    @pytest.mark.parametrize(
        "text", ["", "\n\n", "x\n\ny\n", "a\nb\nc\n\n\N{EM DASH} harbour.bank/audit ####\n"]
    )
    def test_that_is_none_is_refused(self, key: SigningKey, text: str) -> None:
        with pytest.raises(NoteInvalid):
            notes.open_note(text, key.verifier)


class TestKey:
    def test_is_written_for_its_owner_only(self, tmp_path: Path) -> None:
        verifier = generate_key(tmp_path / "key")
        assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600
        assert VerifierKey.parse(public_path(tmp_path / "key").read_text()) == verifier

    def test_is_never_overwritten(self, tmp_path: Path) -> None:
        generate_key(tmp_path / "key")
        with pytest.raises(FileExistsError):
            generate_key(tmp_path / "key")

    @pytest.mark.parametrize("text", ["", "a+b+c", NEUMANN.replace("c74f20a3", "c74f20a4"), NEUMANN[:-4]])
    def test_that_is_none_is_refused(self, text: str) -> None:
        with pytest.raises(NoteInvalid):
            VerifierKey.parse(text)
