"""Signed messages made to deceive: algorithms, headers that name keys, keys of another kind (RFC 8725)."""

import hmac
import json
import time
from typing import Any

import pytest
from joserfc import jws

from bank import outbound
from oauth import client_keys
from tests.oauth.conftest import World, new_client
from tests.support.fapi_client import base64url, new_key, sign

ALGORITHMS: list[Any] = [
    "none", "None", "NONE", "nOnE", "", None, 7, True, [], ["ES256"], {}, {"alg": "ES256"}, "HS256",
    "HS384", "HS512", "RS256", "RS384", "RS512", "PS384", "PS512", "ES384", "ES512", "ES256K", "es256",
    "ES256 ", "ES256\x00", "dir", "RSA-OAEP", "ECDH-ES", "PBES2-HS256+A128KW", "\u0415S256",
]  # fmt: skip
EVIL = "https://evil.example/keys"
HEADERS: list[dict[str, Any]] = [
    {"jku": EVIL, "kid": "evil"},
    {"x5u": EVIL, "kid": "evil"},
    {"x5c": ["MIIB"], "kid": "evil"},
    {"jwk": {"kty": "oct", "k": "AAAA"}, "kid": "evil"},
    {"crit": ["exp"], "exp": 1},
    {"crit": [], "kid": "evil"},
    {"crit": "b64", "b64": False},
    {"crit": ["b64"], "b64": True},
    {"b64": False},
    {"zip": "DEF", "kid": "evil"},
    {"kid": "../../etc/passwd"},
    {"kid": "' OR 1=1 --"},
    {"kid": "\x00"},
    {"kid": 7},
    {"kid": ["x"]},
    {"kid": {}},
    {"kid": "A" * 1_900},
    {"typ": ["JWT"], "kid": "evil"},
    {"x": "A" * 5_000},
]
DOORS = ("/oauth/par", "/oauth/token", "/oauth/revoke", "/oauth/introspect")


@pytest.fixture(autouse=True)
def nobody_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    """A key named in a header is never fetched."""

    def called(*args: Any, **kwargs: Any) -> None:
        pytest.fail("the bank called an address from a header")

    monkeypatch.setattr(outbound, "get_document", called)
    monkeypatch.setattr(client_keys, "get_document", called)


def claims(world: World, **more: Any) -> dict[str, Any]:
    now = int(time.time())
    own = world.client.client_id
    return {
        "iss": own,
        "sub": own,
        "aud": world.client.issuer,
        "jti": f"j{time.perf_counter_ns()}",
        "exp": now + 60,
        **more,
    }


def unsigned(header: Any, payload: Any, signature: bytes = b"x" * 64) -> str:
    parts = (json.dumps(header).encode(), json.dumps(payload).encode(), signature)
    return ".".join(base64url(part) for part in parts)


def refused(world: World, assertion: str, path: str = "/oauth/par") -> None:
    answered = world.client.post(
        path, {**world.client.request(), "token": "x", "client_assertion": assertion}
    )
    assert (answered.status, answered.json["error"]) == (401, "invalid_client"), answered.text


def proof_refused(world: World, proof: str) -> None:
    answered = world.client.refresh("x", dpop=proof)
    assert (answered.status, answered.json["error"]) == (400, "invalid_dpop_proof"), answered.text


class TestAlgorithms:
    @pytest.mark.parametrize("algorithm", ALGORITHMS, ids=repr)
    def test_that_are_not_allowed_sign_no_assertion_and_no_proof(self, world: World, algorithm: Any) -> None:
        header = {"alg": algorithm, "kid": world.client.key.kid}
        for signature in (b"", b"x" * 64):
            refused(world, unsigned(header, claims(world), signature))
            jwk = world.client.dpop_key.as_dict(private=False)
            proof = {
                "jti": "x",
                "htm": "POST",
                "htu": world.client.url("/oauth/token"),
                "iat": int(time.time()),
            }
            proof_refused(
                world, unsigned({"alg": algorithm, "typ": "dpop+jwt", "jwk": jwk}, proof, signature)
            )

    @pytest.mark.parametrize("path", DOORS)
    def test_none_opens_no_door(self, world: World, path: str) -> None:
        refused(world, unsigned({"alg": "none"}, claims(world), b""), path)


class TestHeaders:
    @pytest.mark.parametrize("header", HEADERS, ids=lambda header: str(header)[:40])
    def test_that_name_a_key_or_want_more_than_is_known_are_refused(
        self, world: World, header: dict[str, Any]
    ) -> None:
        key = new_key() if header.get("kid") == "evil" else world.client.key
        refused(world, sign({"alg": "ES256", "kid": world.client.key.kid, **header}, claims(world), key))

    @pytest.mark.parametrize("header", [{"jku": EVIL}, {"x5u": EVIL}, {"x5c": ["MIIB"]}])
    def test_beside_a_sound_signature_lead_nowhere(self, world: World, header: dict[str, Any]) -> None:
        assertion = world.client.assertion(header=header)
        assert world.client.push(client_assertion=assertion).status == 201


class TestKeys:
    @pytest.mark.parametrize("as_secret", ["pem", "jwk", "n", "kid"])
    def test_that_are_public_are_no_shared_secret(self, world: World, as_secret: str) -> None:
        world.client = new_client(key=new_key("RSA", 2048))
        public = world.client.key.as_dict(private=False)
        secret = {
            "pem": world.client.key.as_pem(private=False),
            "jwk": json.dumps(public).encode(),
            "n": str(public["n"]).encode(),
            "kid": str(world.client.key.kid).encode(),
        }[as_secret]
        for algorithm in ("HS256", "ES256", "PS256"):
            signed = unsigned({"alg": algorithm, "kid": world.client.key.kid}, claims(world)).rpartition(".")[
                0
            ]
            refused(world, f"{signed}.{base64url(hmac.digest(secret, signed.encode(), 'sha256'))}")

    @pytest.mark.parametrize(("kind", "size"), [("EC", "P-256"), ("OKP", "Ed25519"), ("RSA", 2048)])
    def test_of_one_kind_verify_no_signature_of_another(self, world: World, kind: str, size: Any) -> None:
        world.client = new_client(key=new_key(kind, size))
        for algorithm in {"ES256", "PS256", "EdDSA"} - {
            {"EC": "ES256", "OKP": "EdDSA", "RSA": "PS256"}[kind]
        }:
            refused(world, unsigned({"alg": algorithm, "kid": world.client.key.kid}, claims(world)))

    @pytest.mark.parametrize(
        "signature", [b"", b"\x00" * 64, b"\xff" * 64, b"\x00" * 63 + b"\x01", b"\x30\x06" * 32, b"x" * 900]
    )
    def test_take_no_signature_made_of_nothing(self, world: World, signature: bytes) -> None:
        """Zeroes once passed for an ECDSA signature of anything (CVE-2022-21449)."""
        refused(world, unsigned({"alg": "ES256", "kid": world.client.key.kid}, claims(world), signature))

    @pytest.mark.parametrize(
        "change",
        [
            {"x": base64url(b"\x00" * 32)},
            {"x": "", "y": ""},
            {"crv": "P-521"},
            {"crv": ["P-256"]},
            {"kty": "RSA"},
            {"kty": "oct", "k": "AAAA"},
            {"d": base64url(b"\x01" * 32)},
            {"y": 7},
            {"x": "!" * 43},
        ],
        ids=str,
    )
    def test_of_a_proof_must_be_sound_public_keys(self, world: World, change: dict[str, Any]) -> None:
        header = {"jwk": {**world.client.dpop_key.as_dict(private=False), **change}}
        proof_refused(world, world.client.proof("POST", world.client.url("/oauth/token"), header=header))


class TestClaims:
    @pytest.mark.parametrize("name", ["iss", "sub", "aud", "jti", "exp", "iat", "nbf"])
    @pytest.mark.parametrize(
        "value",
        [[], {}, [None], "\x00", "A" * 3_000, 10**400, -1, 1.5e308, "\u202e", False],
        ids=lambda v: str(v)[:20],
    )
    def test_of_any_type_never_break_the_server(self, world: World, name: str, value: Any) -> None:
        answered = world.client.push(client_assertion=world.client.assertion(**{name: value}))
        assert answered.status in {201, 401}, answered.text
        # An instant long ago is one all the same, and an id may be any text: it is compared as a hash.
        assert answered.status == 401 or name in {"iat", "nbf"} or (name == "jti" and isinstance(value, str))

    @pytest.mark.parametrize("name", ["iss", "jti", "x"])
    def test_with_half_a_character_are_refused(self, world: World, name: str) -> None:
        refused(world, world.client.assertion(**{name: "\ud800" * 20}))
        refused(world, world.client.assertion(**{name: {"\udc00": [1]}}))
        proof_refused(world, world.client.proof("POST", world.client.url("/oauth/token"), **{name: "\ud800"}))
        assert world.client.push(client_assertion=world.client.assertion(x="\U0001f600")).status == 201

    def test_in_another_encoding_are_refused(self, world: World) -> None:
        for payload in (
            json.dumps(claims(world)).encode("utf-16"),
            b"\xff\xfe",
            b'{"iss": NaN}',
            b"{" * 4_000,
        ):
            refused(world, sign({"alg": "ES256", "kid": world.client.key.kid}, payload, world.client.key))

    def test_under_a_header_with_a_member_twice_are_refused(self, world: World) -> None:
        header = f'{{"alg": "none", "alg": "ES256", "kid": "{world.client.key.kid}"}}'.encode()
        signed = f"{base64url(header)}.{base64url(json.dumps(claims(world)).encode())}"
        algorithm = jws.JWSRegistry.algorithms["ES256"]
        refused(world, f"{signed}.{base64url(algorithm.sign(signed.encode(), world.client.key))}")

    @pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "utf-16-le", "utf-8-sig"])
    def test_under_a_header_in_another_encoding_are_refused(self, world: World, encoding: str) -> None:
        header = json.dumps({"alg": "ES256", "kid": world.client.key.kid}).encode(encoding)
        signed = f"{base64url(header)}.{base64url(json.dumps(claims(world)).encode())}"
        algorithm = jws.JWSRegistry.algorithms["ES256"]
        refused(world, f"{signed}.{base64url(algorithm.sign(signed.encode(), world.client.key))}")

    @pytest.mark.parametrize(
        "text", ["a.b.c.d.e", "a..b", "....", "a.b", ".", "e30.e30", "{}", "a.b.c\n", " a.b.c", "\u00e9.b.c"]
    )
    def test_in_another_shape_are_refused(self, world: World, text: str) -> None:
        refused(world, text)
        proof_refused(world, text.strip().encode("ascii", "replace").decode() or "x")
