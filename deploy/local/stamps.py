"""Remembering what was set up already: a step is left out while everything it was made from is unchanged."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

from deploy.local.state import PROJECT, State, write_whole

PACKAGES = ("accounts", "audit", "bank", "oauth", "payments")


class Stamp:
    """The fingerprint a step was last done with; `done()` once it is done again."""

    def __init__(self, state: State, step: str, made_from: str) -> None:
        self._file = state.root / "setup" / step
        self._made_from = made_from

    def is_fresh(self) -> bool:
        """Return whether the step was done with exactly this."""
        return self._file.exists() and self._file.read_text() == self._made_from

    def done(self) -> None:
        """Remember that the step is done."""
        self._file.parent.mkdir(exist_ok=True)
        write_whole(self._file, self._made_from)


def code() -> str:
    """Return a fingerprint of the bank's code and of what it depends on."""
    files = (path for package in PACKAGES for path in (PROJECT / package).rglob("*") if _counts(path))
    return _fingerprint([PROJECT / "requirements.txt", *files])


def _counts(path: Path) -> bool:
    return path.is_file() and "__pycache__" not in path.parts


def _fingerprint(files: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in sorted(files):
        digest.update(f"{path.relative_to(PROJECT)}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
