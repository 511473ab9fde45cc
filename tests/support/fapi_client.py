"""A FAPI 2.0 client and a person with a browser, written from the RFCs for the tests.

Both speak through a transport: Django's test client, or HTTPS to a running bank. Nothing here knows the
bank's code.
"""

import base64
import hashlib
import hmac
import json
import re
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any, Protocol
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

from joserfc import jwk, jws

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
FORM = "application/x-www-form-urlencoded"
PERIOD_SECONDS = 30  # a one-time code's (RFC 6238)
Parameters = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP answer."""

    status: int
    headers: Mapping[str, str]
    text: str
    url: str = ""

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    @property
    def location(self) -> str:
        return self.headers["Location"]

    @property
    def answer(self) -> dict[str, str]:
        """The parameters of the redirect back to the app."""
        return {name: values[0] for name, values in parse_qs(urlsplit(self.location).query).items()}


class Transport(Protocol):
    """Sends a request and follows nothing."""

    origin: str

    def send(self, method: str, url: str, headers: Parameters, body: bytes = b"") -> Reply: ...


class DjangoTransport:
    """Speaks to the views in this process, with forms checked as in real life."""

    def __init__(self, origin: str) -> None:
        from django.test import Client

        self.origin = origin
        self.browser = Client(enforce_csrf_checks=True, raise_request_exception=False)

    def send(self, method: str, url: str, headers: Parameters, body: bytes = b"") -> Reply:
        parts = urlsplit(url)
        path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        content_type = headers.get("Content-Type", "application/octet-stream")
        given = {name: value for name, value in headers.items() if name != "Content-Type"}
        answered: Any = self.browser.generic(method, path, body, content_type, secure=True, headers=given)
        answered_headers = dict(answered.headers)
        return Reply(
            answered.status_code, answered_headers, answered.getvalue().decode(errors="replace"), url
        )


class HttpsTransport:
    """Speaks to a running bank over HTTPS, trusting its certificate authority alone."""

    def __init__(self, origin: str, ca_file: str) -> None:
        import requests

        self.origin = origin
        self.session = requests.Session()
        self.session.verify = ca_file
        self.session.trust_env = False  # else REQUESTS_CA_BUNDLE would win over `verify`

    def send(self, method: str, url: str, headers: Parameters, body: bytes = b"") -> Reply:
        answered = self.session.request(
            method, url, headers=dict(headers), data=body or None, allow_redirects=False, timeout=20
        )
        return Reply(answered.status_code, answered.headers, answered.text, url)


def sign(header: Mapping[str, Any], claims: Mapping[str, Any] | bytes, key: Any) -> str:
    """Return a compact JWS of anything, sound or not: the tests send both."""
    payload = claims if isinstance(claims, bytes) else json.dumps(claims).encode()
    signed = f"{base64url(json.dumps(header).encode())}.{base64url(payload)}"
    algorithm = jws.JWSRegistry.algorithms[header["alg"]]
    return f"{signed}.{base64url(algorithm.sign(signed.encode(), key))}"


def base64url(data: bytes) -> str:
    """Return base64url without padding (RFC 7515, 2)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def new_key(kind: str = "EC", size: Any = "P-256") -> Any:
    """Return a new private key."""
    return jwk.generate_key(kind, size, auto_kid=True)


def algorithm_of(key: Any) -> str:
    """Return the one algorithm a key is for."""
    return {"RSA": "PS256", "EC": "ES256", "OKP": "EdDSA"}[str(key.key_type)]


def s256(text: str) -> str:
    """Return base64url(SHA-256), the form of PKCE challenges and of `ath`."""
    return base64url(hashlib.sha256(text.encode()).digest())


def thumbprint(key: Mapping[str, Any]) -> str:
    """Return the SHA-256 thumbprint of a public key, of its required members alone (RFC 7638, 3)."""
    required = {"EC": ("crv", "kty", "x", "y"), "RSA": ("e", "kty", "n"), "OKP": ("crv", "kty", "x")}
    members = {name: key[name] for name in required[key["kty"]]}
    return s256(json.dumps(members, separators=(",", ":")))


@dataclass
class FapiClient:
    """A confidential client: PAR, PKCE, private_key_jwt, DPoP."""

    transport: Transport
    client_id: str
    key: Any
    redirect_uri: str
    dpop_key: Any = field(default_factory=new_key)
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48))

    @property
    def issuer(self) -> str:
        return self.transport.origin

    def url(self, path: str) -> str:
        return f"{self.issuer}{path}"

    # --- Signed facts

    def assertion(self, header: Mapping[str, Any] | None = None, key: Any = None, **claims: Any) -> str:
        """Return a client assertion; a claim given as None is left out."""
        now = int(time.time())
        said: dict[str, Any] = {
            "iss": self.client_id,
            "sub": self.client_id,
            "aud": self.issuer,
            "jti": secrets.token_urlsafe(16),
            "iat": now,
            "exp": now + 60,
            **claims,
        }
        signing = key or self.key
        described = {"alg": algorithm_of(signing), "kid": self.key.kid, **(header or {})}
        return sign(_without_none(described), _without_none(said), signing)

    def proof(
        self,
        method: str,
        url: str,
        token: str | None = None,
        header: Mapping[str, Any] | None = None,
        **claims: Any,
    ) -> str:
        """Return a DPoP proof; a claim given as None is left out."""
        said: dict[str, Any] = {
            "jti": secrets.token_urlsafe(16),
            "htm": method,
            "htu": url,
            "iat": int(time.time()),
        }
        if token is not None:
            said["ath"] = s256(token)
        described: dict[str, Any] = {
            "typ": "dpop+jwt",
            "alg": algorithm_of(self.dpop_key),
            "jwk": self.dpop_key.as_dict(private=False),
            **(header or {}),
        }
        return sign(_without_none(described), _without_none({**said, **claims}), self.dpop_key)

    @property
    def thumbprint(self) -> str:
        return thumbprint(self.dpop_key.as_dict(private=False))

    # --- Endpoints

    def post(
        self,
        path: str,
        parameters: Parameters,
        *,
        dpop: bool | str = False,
        headers: Parameters | None = None,
    ) -> Reply:
        """Post a form with a fresh client assertion unless the parameters bring one."""
        form = {
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": parameters.get("client_assertion") or self.assertion(),
            **parameters,
        }
        sent = {"Content-Type": FORM, **(headers or {})}
        if dpop:
            sent["DPoP"] = dpop if isinstance(dpop, str) else self.proof("POST", self.url(path))
        return self.transport.send("POST", self.url(path), sent, urlencode(_without_none(form)).encode())

    def request(self, **parameters: Any) -> dict[str, Any]:
        """Return the parameters of an authorization request; one given as None is left out."""
        wanted = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "scope": "openid accounts:read balances:read",
            "state": "state-1",
            "nonce": "nonce-1",
            "code_challenge": s256(self.verifier),
            "code_challenge_method": "S256",
            **parameters,
        }
        return _without_none(wanted)

    def push(self, *, dpop: bool | str = False, **parameters: Any) -> Reply:
        return self.post("/oauth/par", self.request(**parameters), dpop=dpop)

    def authorize_url(self, request_uri: str, **more: str) -> str:
        query = {"client_id": self.client_id, "request_uri": request_uri, **more}
        return f"{self.url('/oauth/authorize')}?{urlencode(query)}"

    def redeem(self, code: str, *, dpop: bool | str = True, **parameters: Any) -> Reply:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.redirect_uri,
            "code_verifier": self.verifier,
            **parameters,
        }
        return self.post("/oauth/token", form, dpop=dpop)

    def refresh(self, refresh_token: str, *, dpop: bool | str = True, **parameters: Any) -> Reply:
        form = {"grant_type": "refresh_token", "refresh_token": refresh_token, **parameters}
        return self.post("/oauth/token", form, dpop=dpop)

    def call(
        self, method: str, path: str, token: str, body: Any = None, headers: Parameters | None = None
    ) -> Reply:
        """Call the API with a DPoP token."""
        url = self.url(path)
        sent = {
            "Authorization": f"DPoP {token}",
            "DPoP": self.proof(method, url.partition("?")[0], token),
            **({"Content-Type": "application/json"} if body is not None else {}),
            **(headers or {}),
        }
        content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        return self.transport.send(method, url, sent, content)


@dataclass
class Person:
    """Somebody with a browser: signs in, reads the consent page, decides."""

    transport: Transport

    def open(self, url: str) -> Reply:
        return self.transport.send("GET", url, {"Accept": "text/html"})

    def submit(self, url: str, fields: Mapping[str, Any], page: Reply | None = None) -> Reply:
        """Post a form of a page, with its hidden fields and its Referer, as a browser does."""
        shown = page or self.open(url)
        form = {**hidden_fields(shown.text), **fields}
        headers = {"Content-Type": FORM, "Referer": url, "Accept": "text/html"}
        return self.transport.send("POST", url, headers, urlencode(form, doseq=True).encode())

    def sign_in(self, url: str, username: str, password: str, totp_secret: str = "") -> Reply:
        """Go through the sign-in pages before `url` and return the answer that leads back to it."""
        at = urljoin(url, self.open(url).location) if urlsplit(url).path != "/login/" else url
        answered = self.submit(at, {"login": username, "password": password})
        while answered.status in {302, 303} and urlsplit(answered.location).path.startswith("/login/"):
            at = urljoin(at, answered.location)
            answered = self._give_code(at, totp_secret)
        return answered

    def _give_code(self, at: str, secret: str) -> Reply:
        """Give a code. Each works once, and on a bank that tests share somebody may just have given it."""
        answered = self.submit(at, {"code": one_time_code(secret)})
        if answered.status in {302, 303} or not isinstance(self.transport, HttpsTransport):
            return answered
        time.sleep(PERIOD_SECONDS - time.time() % PERIOD_SECONDS + 0.5)
        return self.submit(at, {"code": one_time_code(secret)})

    def decide(self, url: str, decision: str = "share", accounts: list[str] | None = None) -> Reply:
        """Read the consent page and press a button on it."""
        return self.submit(url, {"decision": decision, "accounts": accounts or []})


class _HiddenFields(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "input" and given.get("type") == "hidden" and given.get("name"):
            self.found[str(given["name"])] = given.get("value") or ""


def hidden_fields(html: str) -> dict[str, str]:
    """Return the hidden fields of a page's forms."""
    parser = _HiddenFields()
    parser.feed(html)
    return parser.found


def one_time_code(secret: str) -> str:
    """Return the present six digits of a TOTP secret in base 32 (RFC 6238)."""
    key = base64.b32decode(re.sub(r"\s", "", secret).upper() + "=" * (-len(secret) % 8))
    mac = hmac.new(key, int(time.time() // PERIOD_SECONDS).to_bytes(8, "big"), "sha1").digest()
    offset = mac[-1] & 15
    return f"{(int.from_bytes(mac[offset : offset + 4], 'big') & 0x7FFFFFFF) % 1_000_000:06d}"


def _without_none(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
