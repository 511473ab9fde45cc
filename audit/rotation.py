"""Replacing the log's key: a leaf names the successor, then two signatures stand under each head, then one.

    begin()   the successor is made, `audit.key_added` is recorded; once that leaf is sealed, both keys sign
    finish()  `audit.key_retired` is recorded and sealed under both; the old private key is destroyed

Whoever checks the log believes the successor because a head the old key signed covers the leaf that names it.
"""

from pathlib import Path

from django.conf import settings

from audit import keys, operations, published, sealing, trust, witnessing
from audit.actor import system
from audit.notes import Note, VerifierKey

BY = system("rotate_audit_key")


class RotationRefused(Exception):
    """The step cannot be taken now."""


def begin() -> VerifierKey:
    """Make the successor of the log's key and name it in the log; raises RotationRefused."""
    present = _present()
    successor = keys.next_path(present)
    if not settings.AUDIT_POLICY_FILE:
        raise RotationRefused("AUDIT_POLICY_FILE is not set: nothing would remember the old key")
    if successor.exists():
        raise RotationRefused("a rotation is under way: finish it first")
    draft = successor.with_name(f"{successor.name}.draft")
    draft.unlink(missing_ok=True)
    key = keys.write_private(draft, origin=settings.AUDIT_LOG_ORIGIN)
    _record("audit.key_added", key)
    _list_key(present, key)
    draft.replace(successor)
    return key


def finish() -> VerifierKey:
    """Retire the old key once a published head bears both signatures; raises RotationRefused."""
    present = _present()
    successor = keys.next_path(present)
    if not successor.exists():
        raise RotationRefused("no rotation is under way: begin one first")
    old, new = sealing.signing_keys()
    witnessing.publish_newest()
    _require_both(old.verifier, new.verifier)
    _record("audit.key_retired", old.verifier)
    sealing.seal_waiting()
    successor.replace(present)
    published.write_durably(keys.public_path(present), f"{new.verifier}\n")
    return new.verifier


def _present() -> Path:
    sealing.signing_key()
    return Path(settings.AUDIT_SIGNING_KEY_FILE)


def _record(kind: str, key: VerifierKey) -> None:
    """The whole verifier key is the target's id: the leaf itself is what a verifier learns it from."""
    operations.record_attempt(kind, by=BY, target=("log_key", str(key)), outcome="success", reason="rotation")


def _list_key(present: Path, key: VerifierKey) -> None:
    """Add the key to those in use, and to the policy the bank itself and its readers go by."""
    public = keys.public_path(present)
    published.write_durably(Path(settings.AUDIT_POLICY_FILE), f"log {key}\n{trust.policy_text()}")
    published.write_durably(public, f"{public.read_text()}{key}\n")


def _require_both(old: VerifierKey, new: VerifierKey) -> None:
    newest = sealing.last_published_note()
    note = Note.parse(newest) if newest else None
    if note is None or not (note.is_signed_by(old) and note.is_signed_by(new)):
        raise RotationRefused("no published head bears both signatures yet: wait until one does")
