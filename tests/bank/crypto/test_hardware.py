"""Master keys wrapped by a real PKCS#11 token (SoftHSM), through the provider the settings name."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bank.crypto import in_force
from bank.crypto.errors import KeyRingInvalid
from bank.crypto.key_ring import KeyRing, MasterKey
from bank.crypto.providers import MountedFile, WrappedFile
from tests.bank.crypto.conftest import master_key

MODULE = "/usr/lib/softhsm/libsofthsm2.so"
pytestmark = pytest.mark.skipif(not Path(MODULE).exists(), reason="no soft token here: Debian's softhsm2")
PLAIN = f"{master_key('k2')}:2026-11-28\n{master_key('k1')}\n"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WrappedFile]:
    """A new token with one key that cannot leave it, and a file of two keys that only the token opens."""
    folder = tmp_path_factory.mktemp("token")
    (folder / "tokens").mkdir()
    configuration = folder / "softhsm2.conf"
    configuration.write_text(f"directories.tokendir = {folder}/tokens\nlog.level = ERROR\n")
    (folder / "pin").write_text("4711\n")
    init = ["softhsm2-util", "--init-token", "--free", "--label", "bank", "--pin", "4711", "--so-pin", "0815"]
    uri = f"pkcs11:token=bank;object=master-kek?module-path={MODULE}&pin-source=file:{folder}/pin"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOFTHSM2_CONF", str(configuration))
        subprocess.run(init, check=True, capture_output=True)
        assert hardware("make", uri).returncode == 0
        provider = WrappedFile(MountedFile(folder / "master-keys"), uri)
        provider.write(KeyRing.parse(PLAIN))
        yield provider


@pytest.fixture
def wrapped(made: WrappedFile, tmp_path: Path) -> WrappedFile:
    """A copy of the file for one test."""
    copy = MountedFile(tmp_path / "master-keys")
    copy.replace(made.file.text())
    return WrappedFile(copy, made.token)


def hardware(what: str, uri: str, text: str = "") -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "bank.crypto.hardware", what, uri]
    return subprocess.run(command, input=text, capture_output=True, text=True, check=False, env=os.environ)


class TestToken:
    def test_gives_back_what_it_wrapped(self, wrapped: WrappedFile) -> None:
        assert str(wrapped.read()) == PLAIN
        kept = wrapped.file.text()
        assert kept.startswith("k2:")
        assert not any(line.split(":")[1] in kept for line in PLAIN.splitlines())

    def test_is_what_the_bank_starts_with(self, wrapped: WrappedFile, settings: Any) -> None:
        settings.MASTER_KEYS, settings.MASTER_KEYS_FILE = "", str(wrapped.file.path)
        settings.MASTER_KEYS_TOKEN = wrapped.token
        assert in_force.ring().active_id == "k2"
        in_force.provider().write(KeyRing((MasterKey.new("k3"), *in_force.ring().keys.values())))
        assert in_force.ring(at_once=True).active_id == "k3"

    @pytest.mark.parametrize(
        "change",
        [
            lambda text: text.replace("k2:", "k7:"),
            lambda text: text.replace("2026-11-28", "2027-11-28"),
            lambda text: text.replace(text[20:24], "AAAA"),
            lambda text: "k2:not base64",
            lambda text: text[:30],
        ],
    )
    def test_opens_nothing_that_was_changed(self, wrapped: WrappedFile, change: Any) -> None:
        wrapped.file.replace(change(wrapped.file.text()))
        with pytest.raises(KeyRingInvalid, match="the token does not unwrap"):
            wrapped.read()

    def test_of_somebody_else_opens_nothing(self, wrapped: WrappedFile) -> None:
        uri = wrapped.token.replace("object=master-kek", "object=another")
        assert hardware("make", uri).returncode == 0
        with pytest.raises(KeyRingInvalid, match="another token wrapped it"):
            WrappedFile(wrapped.file, uri).read()

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            ("token=bank", "token=none"),
            ("object=master-kek", "object=none"),
            ("/pin", "/none"),
            ("pkcs11:", ""),
        ],
    )
    def test_that_is_not_there_is_named(self, wrapped: WrappedFile, old: str, new: str) -> None:
        with pytest.raises(KeyRingInvalid, match=r"the token does not unwrap the master keys: ."):
            WrappedFile(wrapped.file, wrapped.token.replace(old, new)).read()
