"""The last signed head, kept outside the database: the log's memory of what it has already said.

A database restored from an old backup is shorter than that head, and a rewritten one differs from it. The
sealer looks before it signs, and stops rather than signs a second history. When a witness remembers more than
the database holds, the log is stopped here, too, until somebody decides (adopt_audit_log).
"""

import fcntl
import logging
import os
from pathlib import Path

from django.conf import settings

from audit import notes
from audit.metrics import LOG_STOPPED
from audit.notes import Head
from audit.tree import StoredTree, TreeIncomplete
from audit.trust import Policy

logger = logging.getLogger("audit.published")


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


def read(policy: Policy) -> Head | None:
    """Return the published head, None when nothing was published; raises notes.NoteInvalid."""
    present = note()
    return policy.signed(present) if present is not None else None


def require_continuation(size: int, root: bytes, tree: StoredTree, policy: Policy) -> None:
    """Check that the log (its size and root) continues what was published; raises LogStopped."""
    require_not_stopped()
    try:
        head = read(policy)
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


def publish(fresh: str, policy: Policy) -> None:
    """Replace the published note, unless a later one is there already; on disk before this returns."""
    file = path()
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.with_name(f"{file.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        present = read(policy)
        if present is None or present.size < policy.signed(fresh).size:
            replace(fresh)


def replace(text: str) -> None:
    """Make this the published note, whatever stood there; on disk before this returns."""
    write_durably(path(), text)


def stop(why: str) -> None:
    """Stop the log until somebody decides: a witness remembers another history than the database holds."""
    if not _stopped().exists():
        write_durably(_stopped(), why)
        logger.critical("the audit log is stopped", extra={"reason": why})
        LOG_STOPPED.inc()


def go_on() -> None:
    """Take the stop away: somebody decided."""
    _stopped().unlink(missing_ok=True)


def require_not_stopped() -> None:
    """Raise LogStopped while the log is stopped."""
    try:
        why = _stopped().read_text()
    except FileNotFoundError:
        return
    raise LogStopped(why)


def write_durably(file: Path, text: str) -> None:
    """Write a file so that reader or crash finds the old text or the new; on disk before this returns."""
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


def _stopped() -> Path:
    return path().with_name(f"{path().name}.stopped")


def _root_at(at: int, size: int, root: bytes, tree: StoredTree) -> bytes | None:
    try:
        return root if at == size else tree.root(at)
    except TreeIncomplete:
        return None
