"""Lab 11's packages, offered to what installs the bank's own: `deploy/local/bootstrap.py`."""

import hashlib
import subprocess
import tempfile
from pathlib import Path

import pytest

from deploy.local import bootstrap
from labs.catalogue import Lab, find

LAB: Lab = find(11)  # type: ignore[assignment]
SCRIPT = LAB.script()


class Bank:
    """The bank's way to install a lock file; its environment tells pip where to look and install."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._folder, self._environment = folder, monkeypatch
        monkeypatch.setattr(bootstrap, "VENV", folder)  # where it notes what is installed

    def install(self, ours: Path, theirs: Path) -> str:
        with tempfile.TemporaryDirectory() as target:
            for name, value in {
                "PIP_NO_INDEX": "1",
                "PIP_FIND_LINKS": f"{ours} {theirs}",
                "PIP_TARGET": target,
            }.items():
                self._environment.setenv(name, value)
            try:
                bootstrap.install([self._lock()])
            except subprocess.CalledProcessError:
                return ""
            return str(SCRIPT.whose(Path(target)))

    def _lock(self) -> Path:
        """Pin our package as `make lock` would: its version and the digest of its file."""
        with SCRIPT.indexes() as (ours, _):
            digest = hashlib.sha256(next(ours.iterdir()).read_bytes()).hexdigest()
        lock = self._folder / "lab.txt"
        lock.write_text(f"bank-money==1.0 --hash=sha256:{digest}\n")
        return lock


class TestTheBank:
    def test_installs_what_it_pinned_and_nothing_else(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        bank = Bank(tmp_path, monkeypatch)
        assert SCRIPT.honest(bank) == []
        assert SCRIPT.attack(bank) == []

    def test_installs_nothing_that_has_no_digest(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        bank = Bank(tmp_path, monkeypatch)
        monkeypatch.setattr(bank, "_lock", lambda: written(tmp_path, "bank-money==1.0\n"))
        with SCRIPT.indexes() as (ours, theirs):
            assert bank.install(ours, theirs) == ""


def written(folder: Path, text: str) -> Path:
    lock = folder / "lab.txt"
    lock.write_text(text)
    return lock
