"""Mutual TLS (RFC 8705): a client known by its certificate, and tokens bound to one.

The handshake proved that the caller holds the certificate's key. Whose certificate it is, is decided here:
by its chain and subject (`tls_client_auth`, 2.1), or by being one that is registered (2.2).
"""

import base64
import hashlib
import hmac
import ipaddress
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import verification

from oauth.protocol import revocation_lists
from oauth.protocol.failures import InvalidClient

TLS_CLIENT_AUTH = "tls_client_auth"
SELF_SIGNED = "self_signed_tls_client_auth"
METHODS = (TLS_CLIENT_AUTH, SELF_SIGNED)
THUMBPRINT = "x5t#S256"
DN = "tls_client_auth_subject_dn"
_SAN: dict[str, Any] = {
    "tls_client_auth_san_dns": x509.DNSName,
    "tls_client_auth_san_uri": x509.UniformResourceIdentifier,
    "tls_client_auth_san_ip": x509.IPAddress,
    "tls_client_auth_san_email": x509.RFC822Name,
}
UNKNOWN = "The certificate is not one of this client's."


def thumbprint(certificate: bytes) -> str:
    """Return `x5t#S256` of a certificate in DER (RFC 8705, 3.1): base64url of its SHA-256."""
    return base64.urlsafe_b64encode(hashlib.sha256(certificate).digest()).rstrip(b"=").decode()


def is_bound_to(cnf: Mapping[str, str], certificate: bytes | None) -> bool:
    """Return whether a token's `cnf` names this certificate."""
    if certificate is None:
        return False
    return hmac.compare_digest(cnf.get(THUMBPRINT, ""), thumbprint(certificate))


def check_issued(
    certificate: bytes, *, subject: Mapping[str, str], authorities: str, revocations: str = "", now: datetime
) -> None:
    """Raise InvalidClient unless an accepted authority issued it to this subject (RFC 8705, 2.1).

    `subject` holds the one registered `tls_client_auth_*` member, `authorities` the path of a PEM bundle, and
    so `revocations`, where certificates are taken back.
    """
    try:
        shown = x509.load_der_x509_certificate(certificate)
        verified = _verifier(authorities, now).verify(shown, [])
        if revocations:
            revocation_lists.check(verified.chain, lists=revocations, now=now)
    except revocation_lists.Revoked as revoked:
        raise InvalidClient(f"Not accepted: {revoked}.") from revoked
    except (ValueError, OSError, x509.UnsupportedGeneralNameType, verification.VerificationError) as error:
        raise InvalidClient(UNKNOWN) from error
    if not is_issued_to(shown, subject):
        raise InvalidClient(UNKNOWN)


def is_issued_to(certificate: x509.Certificate, subject: Mapping[str, str]) -> bool:
    """Return whether a certificate names the registered subject: its whole DN, or one alternative name."""
    if len(subject) != 1:
        return False
    ((name, value),) = subject.items()
    return certificate.subject == distinguished_name(value) if name == DN else _has(certificate, name, value)


def distinguished_name(text: str) -> x509.Name:
    """Return a name from its string form (RFC 4514); raises ValueError."""
    return x509.Name.from_rfc4514_string(text)


def check_registered(certificate: bytes, *, jwks: object, now: datetime) -> None:
    """Raise InvalidClient unless the certificate is in the client's key set and in date (RFC 8705, 2.2)."""
    if not any(hmac.compare_digest(certificate, known) for known in certificates_in(jwks)):
        raise InvalidClient(UNKNOWN)
    shown = x509.load_der_x509_certificate(certificate)
    if not shown.not_valid_before_utc <= now <= shown.not_valid_after_utc:
        raise InvalidClient("The certificate is not valid now.")


def certificates_in(jwks: object) -> list[bytes]:
    """Return the first certificate (`x5c`, RFC 7517 4.7) of each key of a set, in DER, where there is one."""
    members = jwks.get("keys") if isinstance(jwks, dict) else None
    chains = [key.get("x5c") for key in members or [] if isinstance(key, dict)]
    return [found for chain in chains if (found := _first(chain))]


def is_subject(name: str, value: str) -> bool:
    """Return whether a `tls_client_auth_*` member that a client wants to register can name a subject."""
    try:
        _parsed(name, value)
    except (ValueError, KeyError, TypeError):
        return False
    return bool(value)


def _parsed(name: str, value: str) -> Any:
    if name == DN:
        return distinguished_name(value)
    return _SAN[name](ipaddress.ip_address(value) if name.endswith("_ip") else value)


def _has(certificate: x509.Certificate, name: str, value: str) -> bool:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        return _parsed(name, value) in list(names)
    except (x509.ExtensionNotFound, ValueError):
        return False


def _first(chain: object) -> bytes | None:
    if not isinstance(chain, list) or not chain or not isinstance(chain[0], str):
        return None
    try:
        certificate = base64.b64decode(chain[0], validate=True)
        x509.load_der_x509_certificate(certificate)
    except ValueError:
        return None
    return certificate


def _verifier(authorities: str, now: datetime) -> verification.ClientVerifier:
    """Path validation (RFC 5280) by cryptography; any subject form goes, the authorities keep its rules."""
    return (
        verification.PolicyBuilder()
        .store(verification.Store(list(read_authorities(authorities))))
        .time(now)
        .extension_policies(
            ee_policy=verification.ExtensionPolicy.permit_all(),
            ca_policy=verification.ExtensionPolicy.webpki_defaults_ca(),
        )
        .build_client_verifier()
    )


def read_authorities(path: str) -> Sequence[x509.Certificate]:
    """Return the certificates of a PEM bundle, read anew when it changes; raises OSError, ValueError."""
    return _read(path, Path(path).stat().st_mtime_ns)


@lru_cache(maxsize=4)
def _read(path: str, changed: int) -> tuple[x509.Certificate, ...]:
    return tuple(x509.load_pem_x509_certificates(Path(path).read_bytes()))


def in_pem(certificates: Iterable[bytes]) -> str:
    """Return certificates in PEM, one after another."""
    return "".join(_pem(certificate) for certificate in certificates)


def _pem(certificate: bytes) -> str:
    return x509.load_der_x509_certificate(certificate).public_bytes(Encoding.PEM).decode()
