"""The ledger of erasures: who was erased, kept outside the database and its backups.

A database restored from an old backup brings a person back. This file remembers: a login that stands here
does not work whatever the database says, and the bank is not ready until every erasure is done again
(`manage.py reapply_erasures`). It holds nothing but pseudonyms and moments.
"""

import fcntl
import json
import os
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from django.conf import settings


class Entry(NamedTuple):
    """One erasure: ids and a moment (ISO 8601), no personal data."""

    erasure: str
    customer: str
    login: str
    erased_at: str
    event: str


class LedgerUnreadable(Exception):
    """A line of the ledger cannot be read: somebody has to look before the bank serves anybody."""


def path() -> Path:
    """Return where the ledger lies."""
    return Path(settings.ERASURE_LEDGER)


def append(entry: Entry) -> None:
    """Add an erasure, once; it is on disk before this returns."""
    file = path()
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with file.open("a+") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        stream.seek(0)
        if entry.erasure in {known.erasure for known in _parsed(stream.read())}:
            return
        stream.write(json.dumps(entry._asdict()) + "\n")
        stream.flush()
        os.fsync(stream.fileno())
    _sync_folder(file.parent)


def entries() -> tuple[Entry, ...]:
    """Return every erasure in its order; raises LedgerUnreadable."""
    file = os.fspath(settings.ERASURE_LEDGER)
    try:
        found = os.stat(file)  # asked for each login that is read: a Path would cost more
    except FileNotFoundError:
        return ()
    return _read(file, (found.st_mtime_ns, found.st_size, found.st_ino))


def is_erased(login: str) -> bool:
    """Return whether the person behind a login was erased, whatever the database says."""
    return login in _logins(entries())


@lru_cache(maxsize=2)
def _logins(known: tuple[Entry, ...]) -> frozenset[str]:
    return frozenset(entry.login for entry in known)


@lru_cache(maxsize=2)
def _read(file: str, _version: tuple[int, ...]) -> tuple[Entry, ...]:
    return _parsed(Path(file).read_text())


def _parsed(text: str) -> tuple[Entry, ...]:
    try:
        return tuple(Entry(**json.loads(line)) for line in text.splitlines() if line)
    except (ValueError, TypeError) as error:
        raise LedgerUnreadable("the ledger of erasures holds a line that cannot be read") from error


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
