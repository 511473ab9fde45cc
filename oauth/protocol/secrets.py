"""Codes and tokens: 256 random bits, a prefix that secret scanners know, and a checksum they can test."""

import hashlib
import secrets
import zlib

CODE = "hbc"
ACCESS = "hba"
REFRESH = "hbr"
REGISTRATION = "hbg"
INITIAL = "hbi"


def new(prefix: str) -> str:
    """Return a new secret such as `hba_<43 characters><8 of checksum>`."""
    body = f"{prefix}_{secrets.token_urlsafe(32)}"
    return f"{body}{zlib.crc32(body.encode()):08x}"


def checksum(secret: str) -> str:
    """Return what the database keeps of a secret: its SHA-256 in hex."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
