"""Client certificates of every kind: issued, self-signed, expired, of somebody else."""

import base64
import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from joserfc import jwk

SUBJECT = "CN=piggy,2.5.4.97=PSDGB-FCA-123456,O=Piggy Labs\\, Ltd,C=GB"


@dataclass(frozen=True)
class Certificate:
    """A certificate and its private key."""

    x509: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def pem(self) -> str:
        return self.x509.public_bytes(Encoding.PEM).decode()

    @property
    def der(self) -> bytes:
        return self.x509.public_bytes(Encoding.DER)

    @property
    def escaped(self) -> str:
        """As nginx says it in `$ssl_client_escaped_cert`."""
        return quote(self.pem, safe="")

    @property
    def jwks(self) -> dict[str, Any]:
        """The key set of a client with this certificate (RFC 8705, 2.2.2)."""
        spki = self.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        public = jwk.import_key(spki, "EC").as_dict(private=False)
        return {"keys": [{**public, "x5c": [base64.b64encode(self.der).decode()]}]}

    def write(self, folder: Path, name: str) -> tuple[str, str]:
        """Write certificate and key; return their paths, as `requests` wants them."""
        key = self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        paths = folder / f"{name}.pem", folder / f"{name}.key"
        paths[0].write_text(self.pem)
        paths[1].write_bytes(key)
        return str(paths[0]), str(paths[1])


def self_signed(subject: str = SUBJECT, **more: Any) -> Certificate:
    """Return a certificate nobody vouches for."""
    return _made(subject, None, **more)


class Authority:
    """A certificate authority."""

    def __init__(self, name: str = "CN=Authority") -> None:
        self.certificate = _made(name, None, is_authority=True)

    def issue(self, subject: str = SUBJECT, **more: Any) -> Certificate:
        return _made(subject, self.certificate, **more)

    def write(self, path: Path) -> str:
        path.write_text(self.certificate.pem)
        return str(path)

    def revocations(
        self,
        *revoked: Certificate,
        hours: tuple[int, int] = (-1, 24),
        signed_by: Certificate | None = None,
        is_partial: bool = False,
    ) -> str:
        """Return a revocation list in PEM (RFC 5280, 5)."""
        now, issuer = datetime.datetime.now(datetime.UTC), self.certificate
        begins, ends = (now + datetime.timedelta(hours=each) for each in hours)
        builder = x509.CertificateRevocationListBuilder().issuer_name(issuer.x509.subject)
        builder = builder.last_update(begins).next_update(ends)
        for each in revoked:
            entry = x509.RevokedCertificateBuilder().serial_number(each.x509.serial_number)
            builder = builder.add_revoked_certificate(entry.revocation_date(begins).build())
        if is_partial:
            builder = builder.add_extension(x509.DeltaCRLIndicator(1), critical=True)
        made = builder.sign((signed_by or issuer).key, hashes.SHA256())
        return made.public_bytes(Encoding.PEM).decode()


def _made(
    subject: str,
    issuer: Certificate | None,
    *,
    is_authority: bool = False,
    names: Sequence[x509.GeneralName] = (),
    days: tuple[int, int] = (-1, 30),
) -> Certificate:
    now = datetime.datetime.now(datetime.UTC)
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name.from_rfc4514_string(subject)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer.x509.subject if issuer else name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + datetime.timedelta(days=days[0]))
        .not_valid_after(now + datetime.timedelta(days=days[1]))
    )
    if is_authority:
        usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
        builder = builder.add_extension(x509.BasicConstraints(True, None), True).add_extension(usage, True)
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), False)
    return Certificate(builder.sign(issuer.key if issuer else key, hashes.SHA256()), key)
