"""HMAC-SHA-256 for many short messages (RFC 2104, FIPS 198-1): its two hashes, written out.

Python's one-shot `hmac.digest` looks the algorithm up in OpenSSL each time, which takes twice as long as
hashing a field of an event, and a batch commits to sixty thousand fields. The tests hold both together.
"""

from collections.abc import Callable
from hashlib import sha256

_BLOCK_BYTES = 64
_INNER = bytes(byte ^ 0x36 for byte in range(256))
_OUTER = bytes(byte ^ 0x5C for byte in range(256))


def mac(key: bytes, message: bytes) -> bytes:
    """Return the HMAC-SHA-256 of one message: 32 bytes; raises ValueError for a key longer than a block."""
    inner, outer = _pads(key)
    return sha256(outer + sha256(inner + message).digest()).digest()


def macs(key: bytes) -> Callable[[bytes], bytes]:
    """Return what makes the HMAC-SHA-256 of each message under one key; raises ValueError as `mac`."""
    inner, outer = _pads(key)
    return lambda message: sha256(outer + sha256(inner + message).digest()).digest()


def _pads(key: bytes) -> tuple[bytes, bytes]:
    if len(key) > _BLOCK_BYTES:
        raise ValueError("a key has 64 bytes at most")
    block = key.ljust(_BLOCK_BYTES, b"\0")
    return block.translate(_INNER), block.translate(_OUTER)
