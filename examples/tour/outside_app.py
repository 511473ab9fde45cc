"""An outside app on the bank's API: what it needs of OAuth, and calls with or without the right key."""

from typing import Any

import requests
from requests.adapters import HTTPAdapter
from requests_oauth2client import (
    AuthorizationRequest,
    BearerToken,
    DPoPKey,
    DPoPToken,
    EndpointError,
    OAuth2Client,
    PrivateKeyJwt,
)
from requests_oauth2client.dpop import InvalidUseDPoPNonceResponse

from examples.tour.telling import NotAsPromised


class _PatientAdapter(HTTPAdapter):
    """Does not wait for ever."""

    def send(self, request: Any, **kwargs: Any) -> requests.Response:  # type: ignore[override]
        kwargs["timeout"] = kwargs.get("timeout") or 20
        return super().send(request, **kwargs)


def session_trusting(ca_file: str) -> requests.Session:
    """Return a session that trusts this authority, whatever the environment says."""
    session = requests.Session()
    session.trust_env = False
    session.verify = ca_file
    session.mount("https://", _PatientAdapter())
    return session


class OutsideApp:
    """A registered app: it knows its id, its key and the bank's address."""

    def __init__(self, bank_url: str, ca_file: str, client: dict[str, Any]) -> None:
        self.bank_url = bank_url
        self.http = session_trusting(ca_file)
        self._client = client
        self.oauth: OAuth2Client
        self.token: DPoPToken
        self._asked: AuthorizationRequest

    def discover(self) -> dict[str, Any]:
        """Read the bank's metadata and get ready to speak with it; return the metadata."""
        metadata: dict[str, Any] = self.http.get(f"{self.bank_url}/.well-known/openid-configuration").json()
        self.oauth = OAuth2Client.from_discovery_document(
            metadata,
            issuer=self.bank_url,
            auth=PrivateKeyJwt(self._client["client_id"], self._client["private_jwk"], aud=self.bank_url),
            session=self.http,
            redirect_uri=self._client["redirect_uri"],
            authorization_server_jwks=self.http.get(metadata["jwks_uri"]).json(),
            id_token_signed_response_alg=metadata["id_token_signing_alg_values_supported"][0],
            dpop_bound_access_tokens=True,
        )
        return metadata

    def push(self) -> str:
        """Push an authorization request; return the page the customer must see."""
        self._asked = self.oauth.authorization_request(
            scope=self._client["scope"], authorization_response_iss_parameter_supported=True
        )
        return self.oauth.pushed_authorization_request(self._asked).uri

    def redeem(self, callback_url: str) -> None:
        """Exchange the code that came back for a token bound to the app's key; raises NotAsPromised."""
        answer = self._asked.validate_callback(callback_url)
        token = self.oauth.authorization_code(answer, validate=False)
        if not isinstance(token, DPoPToken):
            raise NotAsPromised("a DPoP token", token.token_type)
        # The library checks the ID token of a bearer token only, so the check borrows one.
        BearerToken(token.access_token, id_token=token.id_token).validate_id_token(self.oauth, answer)
        self.token = token

    def act_for_itself(self, scope: str) -> None:
        """Get a token in which no customer is (RFC 6749, 4.4); raises NotAsPromised."""
        token = self.oauth.client_credentials(scope=scope)
        if not isinstance(token, DPoPToken):
            raise NotAsPromised("a DPoP token", token.token_type)
        self.token = token

    def call(self, method: str, path: str, *, auth: Any = None, **options: Any) -> requests.Response:
        """Call the API with the app's own token, or with what `auth` brings."""
        try:
            return self.http.request(method, f"{self.bank_url}/v1{path}", auth=auth or self.token, **options)
        except InvalidUseDPoPNonceResponse as refused:  # the library's way to say 401
            return refused.response

    def pay(self, order: dict[str, Any], idempotency_key: str) -> requests.Response:
        """Order a payment."""
        return self.call("POST", "/payments", json=order, headers={"Idempotency-Key": idempotency_key})

    def try_to_renew(self) -> str:
        """Use the refresh token; return the OAuth error, or nothing when it worked."""
        try:
            self.oauth.refresh_token(self.token)
        except EndpointError as refused:
            return str(refused.error)
        return ""

    def revoke_nothing(self) -> requests.Response:
        """Ask to revoke a token that does not exist: a question that changes nothing (RFC 7009 §2.2)."""
        url = self.oauth.revocation_endpoint
        return self.http.post(str(url), data={"token": "nothing"}, auth=self.oauth.auth)


class TokenAlone(requests.auth.AuthBase):
    """A token as a thief holds it: without the key, under either name of the scheme."""

    def __init__(self, token: DPoPToken, scheme: str) -> None:
        self._header = f"{scheme} {token.access_token}"

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = self._header
        return request


def with_another_key(token: DPoPToken) -> DPoPToken:
    """Return the same token with proofs of the thief's own key."""
    return DPoPToken(token.access_token, _dpop_key=DPoPKey.generate())
