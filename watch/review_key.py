"""The key daily reviews are signed with, a file of its own: the log's key signs nothing but the log."""

from pathlib import Path

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from audit.keys import public_keys, public_path
from audit.notes import Note, NoteInvalid, SigningKey

NAME = "harbour.bank/reviews"


def sign(text: str) -> str:
    """Return a text of whole lines as a signed note; raises ImproperlyConfigured without a key."""
    key = SigningKey.read(_file(), name=NAME)
    return f"{text}\n{key.line(text)}"


def is_ours(note: str, public: Path | None = None) -> bool:
    """Return whether the bank's key, or one of this file, signed a note to the letter."""
    try:
        taken = Note.parse(note)
        signed = [taken.is_signed_by(key) for key in public_keys(public or public_path(_file()))]
        return any(signed)  # each was looked at: a wrong signature is never passed by
    except NoteInvalid:
        return False


def text_of(note: str) -> str:
    """Return what a note says; raises NoteInvalid."""
    return Note.parse(note).text


def _file() -> Path:
    if not settings.REVIEW_SIGNING_KEY_FILE:
        raise ImproperlyConfigured(
            "REVIEW_SIGNING_KEY_FILE is not set: manage.py generate_audit_key makes one"
        )
    return Path(settings.REVIEW_SIGNING_KEY_FILE)
