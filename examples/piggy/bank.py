"""The bank as an outside app knows it: its published endpoints and nothing else.

OAuth (PAR, PKCE, private_key_jwt, DPoP, `iss`, refresh) is done by requests_oauth2client, unchanged.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from requests_oauth2client import (
    AuthorizationRequest,
    BearerToken,
    InvalidGrant,
    OAuth2Client,
    PrivateKeyJwt,
)
from requests_oauth2client.dpop import InvalidUseDPoPNonceResponse

from examples.piggy.news import TOLD_OF
from examples.piggy.settings import SCOPE, Settings

TIMEOUT_SECONDS = 10
IDEMPOTENCY_KEY = "Idempotency-Key"  # the same key, the same answer: a payment with it is made once


class AccessEnded(Exception):
    """The customer stopped sharing, or the consent ran out: nothing helps but asking again."""


@dataclass
class BankRefused(Exception):
    """The bank answered with an error: its status, and its problem details (RFC 9457)."""

    status: int
    problem: dict[str, Any]
    retry_after_seconds: str

    @property
    def code(self) -> str:
        """What a program can decide by, e.g. `insufficient_funds`."""
        return str(self.problem.get("code", ""))


class _PatientAdapter(HTTPAdapter):
    """Does not wait for ever: requests has no timeout of its own."""

    def send(self, request: Any, **kwargs: Any) -> requests.Response:  # type: ignore[override]
        kwargs["timeout"] = kwargs.get("timeout") or TIMEOUT_SECONDS
        return super().send(request, **kwargs)


def session_trusting(ca_file: str) -> requests.Session:
    """Return an HTTP session that trusts this authority, whatever proxies or CAs the environment names."""
    session = requests.Session()
    session.trust_env = False
    session.verify = ca_file
    session.mount("https://", _PatientAdapter())
    return session


class Bank:
    """Piggy's line to the bank, the same for all customers."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._http = session_trusting(settings.ca_file)

    @cached_property
    def oauth(self) -> OAuth2Client:
        """The OAuth client, made from the bank's metadata (RFC 8414) when it is first needed."""
        me = self._settings
        metadata = self._http.get(f"{me.bank_url}/.well-known/openid-configuration").json()
        return OAuth2Client.from_discovery_document(
            metadata,
            issuer=me.bank_url,
            auth=PrivateKeyJwt(me.client_id, me.private_jwk, aud=me.bank_url),
            session=self._http,
            redirect_uri=me.redirect_uri,
            authorization_server_jwks=self._http.get(metadata["jwks_uri"]).json(),
            id_token_signed_response_alg=metadata["id_token_signing_alg_values_supported"][0],
            dpop_bound_access_tokens=True,
        )

    def push_request(self) -> tuple[AuthorizationRequest, str]:
        """Tell the bank what Piggy asks for (RFC 9126); return that and where to send the customer."""
        request = self.oauth.authorization_request(
            scope=SCOPE, authorization_response_iss_parameter_supported=True
        )
        return request, self.oauth.pushed_authorization_request(request).uri

    def redeem(self, request: AuthorizationRequest, callback_url: str) -> BearerToken:
        """Check `state` and `iss`, exchange the code, check the ID token with its nonce; return the token."""
        answer = request.validate_callback(callback_url)
        token = self.oauth.authorization_code(answer, validate=False)
        # The library checks the ID token of a bearer token only, so the check borrows one.
        BearerToken(token.access_token, id_token=token.id_token).validate_id_token(self.oauth, answer)
        return token

    def renew(self, token: BearerToken) -> BearerToken:
        """Return a fresh token for an old one (RFC 6749 §6); raises AccessEnded."""
        try:
            return self.oauth.refresh_token(token)
        except InvalidGrant as ended:
            raise AccessEnded from ended

    def give_back(self, token: BearerToken) -> None:
        """End the connection at the bank too (RFC 7009)."""
        self.oauth.revoke_refresh_token(token)

    def ask_to_be_told(self) -> str:
        """Ask for Piggy itself to be told when money moves; return the secret the bank signs with."""
        token = self.oauth.client_credentials(scope="webhooks:manage")
        wanted = {"url": self._settings.news_url, "event_types": [TOLD_OF], "description": "Piggy"}
        return str(self.call("POST", "/webhook-endpoints", token, json=wanted).json()["secret"])

    def call(self, method: str, path: str, token: BearerToken, **options: Any) -> requests.Response:
        """Call the API; raises AccessEnded or BankRefused."""
        url = f"{self._settings.bank_url}/v1{path}"
        try:
            response = self._asked(method, url, auth=token, **options)
        except InvalidUseDPoPNonceResponse as refused:  # the library's way to say 401
            response = refused.response
        if response.status_code == requests.codes.unauthorized:
            raise AccessEnded
        if not response.ok:
            raise _refusal(response)
        return response

    def _asked(self, method: str, url: str, **options: Any) -> requests.Response:
        """Ask; ask again when the connection broke before an answer, if asking twice does nothing twice."""
        try:
            return self._http.request(method, url, **options)
        except requests.ConnectionError:
            if method != "GET" and IDEMPOTENCY_KEY not in options.get("headers", {}):
                raise
            return self._http.request(method, url, **options)  # with a proof of its own


def _refusal(response: requests.Response) -> BankRefused:
    return BankRefused(response.status_code, _problem(response), response.headers.get("Retry-After", ""))


def _problem(response: requests.Response) -> dict[str, Any]:
    try:
        return dict(response.json())
    except ValueError:
        return {"title": response.reason}
