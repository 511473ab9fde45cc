"""Somebody who knows an app's public key, as everybody may, signs in as that app."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from labs.programs import Program, serving
from labs.wire import call

Json = dict[str, Any]


class Door:
    """A server that lets the app piggy in by a signed statement."""

    algorithm = "RS256"

    def __init__(self, program: Program) -> None:
        self._program = program
        self.public_key = (program.folder / "public-key.pem").read_bytes()

    def claims(self) -> Json:
        """Return what an app has to say."""
        return {"sub": "piggy"}

    def enter(self, token: str) -> bool:
        """Return whether the statement lets one in."""
        return call(self._program.port, "POST", "/token", token.encode()).status == 200

    def rightly_signed(self) -> str:
        """Return what the app itself, with its private key, would send."""
        pem = (self._program.folder / "key-of-the-app.pem").read_bytes()
        key = serialization.load_pem_private_key(pem, None)
        return signed({"alg": self.algorithm}, self.claims(), key)


@contextmanager
def opened(file: Path) -> Iterator[Door]:
    """Run a program."""
    with serving(file) as program:
        yield Door(program)


def attack(door: Door) -> list[str]:
    """Return which forgery was believed."""
    public = serialization.load_pem_public_key(door.public_key)
    jwk = json.dumps(as_jwk(public)).encode()
    mine = rsa.generate_private_key(65537, 2048)
    forgeries = {
        **{
            f"not signed at all (alg {alg})": token({"alg": alg}, door.claims())
            for alg in ("none", "None", "NONE", "nOnE")
        },
        "signed with the public key as if it were a secret": with_secret(door.public_key, door.claims()),
        "signed with the public key, as a JWK, as if it were a secret": with_secret(jwk, door.claims()),
        "signed with a key of the attacker's, named in the header": signed(
            {"alg": door.algorithm, "jwk": as_jwk(mine.public_key())}, door.claims(), mine
        ),
        "signed with a key of the attacker's": signed({"alg": door.algorithm}, door.claims(), mine),
    }
    return [f"a statement {words} was believed" for words, forged in forgeries.items() if door.enter(forged)]


def honest(door: Door) -> list[str]:
    """Return whether the app itself stands outside."""
    return [] if door.enter(door.rightly_signed()) else ["the app with the right key is not let in"]


def token(header: Json, claims: Json, signature: bytes = b"") -> str:
    """Return a compact JWS."""
    return ".".join(
        [encoded(json.dumps(header).encode()), encoded(json.dumps(claims).encode()), encoded(signature)]
    )


def with_secret(secret: bytes, claims: Json) -> str:
    """Return a token signed with HMAC."""
    unsigned = token({"alg": "HS256"}, claims).rpartition(".")[0]
    return f"{unsigned}.{encoded(hmac.new(secret, unsigned.encode(), hashlib.sha256).digest())}"


def signed(header: Json, claims: Json, key: Any) -> str:
    """Return a token signed with an RSA key: PKCS #1 (RS256) or PSS (PS256)."""
    unsigned = token(header, claims).rpartition(".")[0]
    scheme: Any = padding.PKCS1v15()
    if header["alg"] == "PS256":
        scheme = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH)
    return f"{unsigned}.{encoded(key.sign(unsigned.encode(), scheme, hashes.SHA256()))}"


def as_jwk(key: Any) -> Json:
    """Return an RSA public key as JSON."""
    numbers = key.public_numbers()
    sizes = {"e": (numbers.e, 3), "n": (numbers.n, 256)}
    return {
        "kty": "RSA",
        **{name: encoded(number.to_bytes(size, "big")) for name, (number, size) in sizes.items()},
    }


def encoded(data: bytes) -> str:
    """Return base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
