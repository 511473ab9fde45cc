"""The master keys: what the bank starts with, and what it does not start with."""

import base64
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bank.crypto import boxes
from bank.crypto.errors import CannotOpen, KeyRingInvalid
from bank.crypto.key_ring import KeyRing
from bank.crypto.providers import provider_of
from tests.bank.crypto.conftest import master_key

GOOD = master_key("k1")


class TestKeyRing:
    def test_seals_with_the_first_key(self) -> None:
        ring = KeyRing.parse(f"{master_key('new')},{master_key('old')}")
        assert boxes.key_id_of(boxes.seal(b"x", keys=ring.for_purpose("a"), place="p")) == b"new"

    def test_opens_with_every_key(self) -> None:
        before = KeyRing.parse(master_key("old")).for_purpose("a")
        after = KeyRing.parse(f"{master_key('new')},{master_key('old')}").for_purpose("a")
        assert boxes.unseal(boxes.seal(b"x", keys=before, place="p"), keys=after, place="p") == b"x"

    def test_does_not_open_with_a_key_that_was_taken_away(self) -> None:
        box = boxes.seal(b"x", keys=KeyRing.parse(master_key("old")).for_purpose("a"), place="p")
        with pytest.raises(CannotOpen, match="'old' is not on the ring"):
            boxes.unseal(box, keys=KeyRing.parse(master_key("new")).for_purpose("a"), place="p")

    def test_has_a_key_of_its_own_for_each_purpose(self) -> None:
        ring = KeyRing.parse(GOOD)
        assert ring.derive("k1", "a") != ring.derive("k1", "b")
        box = boxes.seal(b"x", keys=ring.for_purpose("a"), place="p")
        with pytest.raises(CannotOpen):
            boxes.unseal(box, keys=ring.for_purpose("b"), place="p")

    def test_does_not_show_its_keys(self) -> None:
        assert GOOD.partition(":")[2] not in repr(KeyRing.parse(GOOD))


class TestMasterKeys:
    @pytest.mark.parametrize(
        "text",
        [
            "",
            " , ",
            "no-colon",
            f":{GOOD.partition(':')[2]}",
            f"UPPER:{GOOD.partition(':')[2]}",
            "k1:not base64!",
            f"k1:{base64.b64encode(b'short').decode()}",
            f"k1:{base64.b64encode(bytes(range(31))).decode()}",
            f"k1:{base64.b64encode(bytes(range(33))).decode()}",
            f"k1:{base64.b64encode(bytes(32)).decode()}",
            f"k1:{base64.b64encode(b'changeme' * 4).decode()}",
            f"{GOOD},{GOOD}",
        ],
    )
    def test_are_refused_when_not_good(self, text: str) -> None:
        with pytest.raises(KeyRingInvalid):
            KeyRing.parse(text)

    def test_can_lie_in_a_file(self, tmp_path: Path) -> None:
        file = tmp_path / "keys"
        file.write_text(f"{master_key('new')}\n{master_key('old')}\n")
        assert list(provider_of(text="", file=str(file), token="").read().keys) == ["new", "old"]

    def test_in_a_file_that_is_missing_are_refused(self, tmp_path: Path) -> None:
        with pytest.raises(KeyRingInvalid):
            provider_of(text="", file=str(tmp_path / "none"), token="").read()

    @pytest.mark.parametrize("keys", ["", "k1:c2hvcnQ="])
    def test_stop_the_bank_from_starting_when_missing_or_short(self, keys: str) -> None:
        environment = {**os.environ, "MASTER_KEYS": keys}
        started = subprocess.run(
            [sys.executable, "manage.py", "check"],
            env=environment,
            capture_output=True,
            text=True,
            timeout=50,
            check=False,
        )
        assert started.returncode != 0
        assert "MASTER_KEYS" in started.stderr or "master key" in started.stderr
