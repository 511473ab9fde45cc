"""Certificates that were taken back before their end (RFC 5280, 5), from lists in a file of the bank's.

Fails closed: where the bank was given lists, each authority needs one that is its own and in date.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

_PEM = re.compile(b"-----BEGIN X509 CRL-----.+?-----END X509 CRL-----", re.DOTALL)


class Revoked(Exception):
    """A certificate was taken back, or nobody can say that it was not."""


def check(chain: Sequence[x509.Certificate], *, lists: str, now: datetime) -> None:
    """Raise Revoked unless each certificate below the root is known to hold.

    `chain` begins with the client's own, `lists` is the path of a PEM bundle. Raises OSError, ValueError.
    """
    known = read(lists)
    for certificate, issuer in pairwise(chain):
        usable = [each for each in known if _speaks_for(each, issuer, now)]
        if not usable:
            raise Revoked("no revocation list of the authority is in date")
        if any(each.get_revoked_certificate_by_serial_number(certificate.serial_number) for each in usable):
            raise Revoked("the certificate was revoked")


def read(path: str) -> tuple[x509.CertificateRevocationList, ...]:
    """Return the lists of a PEM bundle, read anew when it changes; raises OSError, ValueError."""
    return _read(path, Path(path).stat().st_mtime_ns)


def _speaks_for(known: x509.CertificateRevocationList, issuer: x509.Certificate, now: datetime) -> bool:
    """Return whether a list is this authority's, whole and in date; a critical extension makes it partial."""
    ends = known.next_update_utc
    if known.issuer != issuer.subject or ends is None or not known.last_update_utc <= now < ends:
        return False
    if any(extension.critical for extension in known.extensions):
        return False
    try:
        return known.is_signature_valid(issuer.public_key())  # type: ignore[arg-type]
    except (TypeError, UnsupportedAlgorithm):
        return False


@lru_cache(maxsize=4)
def _read(path: str, changed: int) -> tuple[x509.CertificateRevocationList, ...]:
    return tuple(x509.load_pem_x509_crl(pem) for pem in _PEM.findall(Path(path).read_bytes()))
