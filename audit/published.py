"""The last published head, kept outside the database: the log's memory of what it has already said.

A database restored from an old backup is shorter than that head, and a rewritten one differs from it. The
sealer looks before it signs, and stops rather than signs a second history.
"""

import fcntl
import os
from pathlib import Path

from django.conf import settings

from audit import notes
from audit.metrics import LOG_STOPPED
from audit.notes import Head, VerifierKey
from audit.tree import StoredTree, TreeIncomplete


class LogStopped(Exception):
    """The database does not continue what was published. Nothing is sealed until somebody decides."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        LOG_STOPPED.inc()


def path() -> Path:
    """Return where the published note lies."""
    return Path(settings.AUDIT_PUBLISHED_NOTE)


def note() -> str | None:
    """Return the published note as it is, or None when nothing was published."""
    try:
        return path().read_text()
    except FileNotFoundError:
        return None


def read(key: VerifierKey) -> Head | None:
    """Return the published head, None when nothing was published; raises notes.NoteInvalid."""
    present = note()
    return notes.open_note(present, key) if present is not None else None


def require_continuation(size: int, root: bytes, tree: StoredTree, key: VerifierKey) -> None:
    """Check that the log (its size and root) continues what was published; raises LogStopped."""
    try:
        head = read(key)
    except notes.NoteInvalid as error:
        raise LogStopped(f"the published note is not ours: {error}") from error
    if head is None:
        if size:
            raise LogStopped(
                "nothing was published, yet the log has leaves: run adopt_audit_log to accept it"
            )
        return
    if head.size > size:
        raise LogStopped(f"the database holds {size} leaves, but {head.size} were published")
    if head.size and head.root != _root_at(head.size, size, root, tree):
        raise LogStopped(f"the first {head.size} leaves are not those that were published")


def publish(fresh: str, key: VerifierKey) -> None:
    """Replace the published note, unless a later one is there already; on disk before this returns."""
    file = path()
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.with_name(f"{file.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        present = read(key)
        if present is None or present.size < notes.open_note(fresh, key).size:
            replace(fresh)


def replace(text: str) -> None:
    """Make this the published note, whatever stood there; on disk before this returns."""
    file = path()
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_name(f"{file.name}.new")
    with fresh.open("w") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    fresh.replace(file)
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _root_at(at: int, size: int, root: bytes, tree: StoredTree) -> bytes | None:
    try:
        return root if at == size else tree.root(at)
    except TreeIncomplete:
        return None
