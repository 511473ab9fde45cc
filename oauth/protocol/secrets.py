"""Codes and tokens: 256 random bits, a prefix that secret scanners know, and a checksum they can test."""

import hashlib
import secrets
import zlib

CODE = "hbc"
ACCESS = "hba"
OWN = "hbo"
REFRESH = "hbr"
REGISTRATION = "hbg"
INITIAL = "hbi"
LIVE_KEY = "hb_live"
TEST_KEY = "hb_test"


def new(prefix: str) -> str:
    """Return a new secret such as `hba_<43 characters><8 of checksum>`."""
    body = f"{prefix}_{secrets.token_urlsafe(32)}"
    return f"{body}{_crc(body):08x}"


def checksum(secret: str) -> str:
    """Return what the database keeps of a secret: its SHA-256 in hex."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def is_sound(text: str, prefix: str) -> bool:
    """Return whether a text is a secret of this kind by its form and checksum: made here, perhaps."""
    body, said = text[:-8], text[-8:]
    is_long_enough = len(text) == len(prefix) + 1 + 43 + 8
    return is_long_enough and text.startswith(f"{prefix}_") and text.isascii() and f"{_crc(body):08x}" == said


def _crc(body: str) -> int:
    return zlib.crc32(body.encode())
