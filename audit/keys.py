"""The log's signing keys: files, never in the database. Needs no Django, so the launcher may use it.

`KEY` signs. While it is being replaced its successor lies beside it as `KEY.next`. `KEY.pub` lists the
public halves in use, one or two, the newest last.
"""

import os
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from audit.notes import ED25519, SigningKey, VerifierKey

DEFAULT_ORIGIN = "harbour.bank/audit"


def generate_key(path: Path, *, origin: str = DEFAULT_ORIGIN, type: int = ED25519) -> VerifierKey:  # noqa: A002
    """Write a new Ed25519 key (mode 0600) and its public half beside it (`.pub`); raises FileExistsError."""
    verifier = write_private(path, origin=origin, type=type)
    public_path(path).write_text(f"{verifier}\n")
    return verifier


def write_private(path: Path, *, origin: str, type: int = ED25519) -> VerifierKey:  # noqa: A002
    """Write a new Ed25519 key (mode 0600) and return its public half; raises FileExistsError."""
    private = Ed25519PrivateKey.generate()
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(pem)
        file.flush()
        os.fsync(file.fileno())
    return SigningKey(origin, private, type).verifier


def pinned_key(path: Path | None = None) -> VerifierKey:
    """Return the newest public key of this file, or of the log's own; raises FileNotFoundError."""
    from django.conf import settings

    return public_keys(path or public_path(Path(settings.AUDIT_SIGNING_KEY_FILE or "none")))[-1]


def public_keys(path: Path) -> list[VerifierKey]:
    """Return the verifier keys a file lists, one on a line; raises NoteInvalid, FileNotFoundError."""
    return [VerifierKey.parse(line) for line in path.read_text().splitlines() if line.strip()]


def public_path(path: Path) -> Path:
    """Return where the public half of a key file lies."""
    return path.with_name(f"{path.name}.pub")


def next_path(path: Path) -> Path:
    """Return where the successor of a key lies while it is being replaced."""
    return path.with_name(f"{path.name}.next")
