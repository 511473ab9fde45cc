"""The log's signing key: a file, never in the database. Needs no Django, so the launcher may use it."""

import os
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from audit.notes import SigningKey, VerifierKey

DEFAULT_ORIGIN = "harbour.bank/audit"


def generate_key(path: Path, *, origin: str = DEFAULT_ORIGIN) -> VerifierKey:
    """Write a new Ed25519 key (mode 0600) and its public half beside it (`.pub`); raises FileExistsError."""
    private = Ed25519PrivateKey.generate()
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(pem)
    verifier = SigningKey(origin, private).verifier
    public_path(path).write_text(f"{verifier}\n")
    return verifier


def pinned_key(path: Path | None = None) -> VerifierKey:
    """Return the public key to check with: of this file or the log's own; raises FileNotFoundError."""
    from django.conf import settings

    return VerifierKey.parse(
        (path or public_path(Path(settings.AUDIT_SIGNING_KEY_FILE or "none"))).read_text()
    )


def public_path(path: Path) -> Path:
    """Return where the public half of a key file lies."""
    return path.with_name(f"{path.name}.pub")
