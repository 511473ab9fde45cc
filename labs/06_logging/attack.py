"""Mallory signs in under a name with a line in it; then, with a
file manager, takes herself out of the log.
"""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from labs.programs import Program, serving
from labs.wire import call

BREAKS = ["\n", "\r", "\r\n", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029"]
FORGED = ["ok", "admin"]
VISITORS = ("alice", "mallory", "bob", "Zoë O'Neill")


class Door:
    """A bank with a log, on a machine where the attacker may write files and run the bank's own program."""

    def __init__(self, program: Program) -> None:
        self._program = program

    def sign_in(self, name: str, password: str = "right") -> None:
        """Come to the door."""
        call(self._program.port, "POST", "/sign-in", {"name": name, "password": password})

    def entries(self) -> list[Any]:
        """Read the log."""
        return call(self._program.port, "GET", "/log").json or []

    def head(self) -> str:
        """Return what somebody outside keeps of the log."""
        return str(call(self._program.port, "GET", "/head").json)

    def continues(self, kept: str) -> bool:
        """Ask whether the log still holds all it held then."""
        return call(self._program.port, "GET", f"/continues?{quote(kept)}").json is True

    @property
    def deeds(self) -> dict[str, Callable[[], AbstractContextManager[None]]]:
        """What can be done to the log, each undone afterwards."""
        return {
            "a name was changed": lambda: self._with(edited),
            "the last entry was taken away": lambda: self._with(lambda lines: lines[:-1]),
            "an entry in the middle was taken away": lambda: self._with(lambda lines: lines[:1] + lines[2:]),
            "the whole log was written anew, by the bank's own program": self._rewritten,
        }

    @contextmanager
    def _with(self, change: Callable[[list[bytes]], list[bytes]]) -> Iterator[None]:
        with self._another_folder() as folder:
            log = folder / "log.txt"
            log.write_bytes(b"".join(change(log.read_bytes().splitlines(keepends=True))))
            yield from self._in_its_place(folder)

    @contextmanager
    def _rewritten(self) -> Iterator[None]:
        with serving(self._program.file) as other:
            for name in [each for each in VISITORS if each != "mallory"] + ["nobody"] * 20:
                call(other.port, "POST", "/sign-in", {"name": name, "password": "right"})
            yield from self._in_its_place(other.folder)

    @contextmanager
    def _another_folder(self) -> Iterator[Path]:
        with tempfile.TemporaryDirectory() as folder:
            yield Path(shutil.copytree(self._program.folder, folder, dirs_exist_ok=True))

    def _in_its_place(self, folder: Path) -> Iterator[None]:
        """Put these files where the bank keeps its own, and put its own back afterwards."""
        with self._another_folder() as kept:
            for files in (folder, kept):
                self._program.stop()
                shutil.copytree(files, self._program.folder, dirs_exist_ok=True)
                self._program.start()
                if files == folder:
                    yield


def edited(lines: list[bytes]) -> list[bytes]:
    """Call mallory somebody else."""
    return [line.replace(b"mallory", b"matilda") for line in lines]


@contextmanager
def opened(file: Path) -> Iterator[Door]:
    """Run a program."""
    with serving(file) as program:
        yield Door(program)


def attack(door: Door) -> list[str]:
    """Return which lie the log tells."""
    found = []
    for line_break in BREAKS:
        door.sign_in(f"eve{line_break}2030-01-01T00:00:00 ok admin", "wrong")
        if FORGED in door.entries():
            found.append(f"a name with {line_break!r} in it wrote an entry that admin signed in")
            break
    kept = door.head()
    for words, deed in door.deeds.items():
        with deed():
            if door.continues(kept):
                found.append(f"{words}, and nobody outside can tell")
    return found


def honest(door: Door) -> list[str]:
    """Return what the log does not say of people who came."""
    for name in VISITORS:
        door.sign_in(name)
    early = door.head()
    door.sign_in("alice", "wrong")
    found = [f"{name} came, and is not in the log" for name in VISITORS if ["ok", name] not in door.entries()]
    if not door.continues(early) or not door.continues(door.head()):
        found.append("the log is called broken, and nobody touched it")
    return found
