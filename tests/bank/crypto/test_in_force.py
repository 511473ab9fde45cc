"""The ring in force: looked at again while the bank runs, and never lost for a broken file."""

import logging
from pathlib import Path
from typing import Any

import pytest

from bank.crypto import boxes, in_force
from bank.crypto.errors import CannotOpen, KeyRingInvalid, KeysNotWritable
from bank.crypto.key_ring import KeyRing, MasterKey
from bank.crypto.providers import Given, MountedFile
from tests.bank.crypto.conftest import master_key

OLD, NEW = master_key("old"), master_key("new")


@pytest.fixture
def file(settings: Any, tmp_path: Path) -> Path:
    """A mounted file with one key, which the settings name."""
    path = tmp_path / "master-keys"
    path.write_text(f"{OLD}\n")
    path.chmod(0o600)
    settings.MASTER_KEYS, settings.MASTER_KEYS_FILE = "", str(path)
    return path


def seal(content: bytes = b"x") -> bytes:
    return boxes.seal(content, keys=in_force.keys_for("a"), place="p")


class TestMountedFile:
    def test_is_read_again_when_it_changed(self, file: Path) -> None:
        assert in_force.ring().active_id == "old"
        file.write_text(f"{NEW}\n{OLD}\n")
        assert in_force.ring(at_once=True).active_id == "new"
        assert boxes.key_id_of(seal()) == b"new"

    def test_is_looked_at_seldom(self, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        in_force.ring()
        looked = []
        monkeypatch.setattr(MountedFile, "version", lambda _: looked.append(1))
        for _ in range(100):
            in_force.ring()
        assert len(looked) <= 1

    def test_is_looked_at_at_once_for_a_key_nobody_knows(self, file: Path) -> None:
        """Another process saw the new key earlier, and sealed with it."""
        in_force.ring()
        elsewhere = KeyRing.parse(NEW).for_purpose("a")
        file.write_text(f"{OLD}\n{NEW}\n")
        box = boxes.seal(b"x", keys=elsewhere, place="p")
        assert boxes.unseal(box, keys=in_force.keys_for("a"), place="p") == b"x"

    def test_of_which_a_key_was_taken_opens_its_boxes_no_more(self, file: Path) -> None:
        box = seal()
        file.write_text(f"{NEW}\n")
        in_force.ring(at_once=True)
        with pytest.raises(CannotOpen):
            boxes.unseal(box, keys=in_force.keys_for("a"), place="p")

    @pytest.mark.parametrize("broken", ["", "nonsense", "old:c2hvcnQ="])
    def test_that_breaks_costs_nothing(self, file: Path, broken: str, caplog: Any) -> None:
        box = seal()
        file.write_text(broken)
        with caplog.at_level(logging.ERROR):
            assert in_force.ring(at_once=True).active_id == "old"
        assert "cannot be read again" in caplog.text
        assert OLD.partition(":")[2] not in caplog.text
        assert boxes.unseal(box, keys=in_force.keys_for("a"), place="p") == b"x"

    def test_that_is_broken_at_the_start_is_refused(self, file: Path) -> None:
        file.write_text("nonsense")
        with pytest.raises(KeyRingInvalid):
            in_force.ring()

    def test_is_replaced_whole_and_stays_its_owners(self, file: Path) -> None:
        provider = in_force.provider()
        provider.write(KeyRing((MasterKey.new("k9"), *provider.read().keys.values())))
        assert list(provider.read().keys) == ["k9", "old"]
        assert file.stat().st_mode & 0o777 == 0o600
        assert [found.name for found in file.parent.iterdir()] == [file.name]

    def test_that_cannot_be_replaced_says_so(self, tmp_path: Path) -> None:
        with pytest.raises(KeysNotWritable, match="No such file"):
            MountedFile(tmp_path / "nowhere" / "keys").write(KeyRing.parse(OLD))


class TestEnvironment:
    def test_says_how_its_keys_are_changed(self) -> None:
        with pytest.raises(KeysNotWritable, match="restart"):
            Given(OLD).write(KeyRing.parse(NEW))


class TestWritten:
    @pytest.mark.parametrize("text", [OLD, f"{OLD}:2026-11-28", f"{OLD}:waiting"])
    def test_is_what_was_read(self, text: str) -> None:
        assert str(MasterKey.parse(text)) == text

    @pytest.mark.parametrize("text", [f"{OLD}:soon", f"{OLD}:2026-13-01", f"{OLD}:2026-11-28:x"])
    def test_with_no_date_behind_it_is_refused(self, text: str) -> None:
        with pytest.raises(KeyRingInvalid, match="neither a date"):
            MasterKey.parse(text)
