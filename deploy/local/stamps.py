"""Remembering what was set up already: a step is left out while everything it was made from is unchanged."""

import hashlib
import tomllib
from collections.abc import Iterable
from pathlib import Path

from deploy.local.state import PROJECT, State, write_whole

PYPROJECT = tomllib.loads((PROJECT / "pyproject.toml").read_text())
PACKAGES = tuple(
    PYPROJECT["tool"]["importlinter"]["root_packages"]
)  # one list, kept complete by the contracts
SHAPES = {"migrations", "sql", "models"}
SHAPE_FILES = {"models.py", "dot_models.py", "apps.py", "settings.py"}


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
    return _fingerprint([PROJECT / "requirements.txt", *_files()])


def database() -> str:
    """Return a fingerprint of what a freshly migrated database is made from, and of what makes it."""
    rooms = (PROJECT / "bank" / "database", PROJECT / "deploy" / "database", PROJECT / "deploy" / "local")
    makers = (path for room in rooms for path in room.rglob("*") if _counts(path))
    return _fingerprint([PROJECT / "requirements.txt", *filter(_shapes_tables, _files()), *makers])


def _files() -> Iterable[Path]:
    return (path for package in PACKAGES for path in (PROJECT / package).rglob("*") if _counts(path))


def _counts(path: Path) -> bool:
    return path.is_file() and "__pycache__" not in path.parts


def _shapes_tables(path: Path) -> bool:
    return path.name in SHAPE_FILES or not SHAPES.isdisjoint(path.parts)


def _fingerprint(files: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in sorted(files):
        digest.update(f"{path.relative_to(PROJECT)}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
