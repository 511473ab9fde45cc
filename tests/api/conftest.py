"""The bank's own app, acting for carol with all her rights, at the running bank."""

import time
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from joserfc import jwk
from schemathesis import GenerationMode

from tests.support.fapi_client import FapiClient, HttpsTransport, Person
from tests.support.live import LiveBank


class DescribedCaller:
    """Sends what schemathesis made up, with a real token and a fresh proof for each request."""

    def __init__(
        self, client: FapiClient, ca_file: str, tokens: dict[str, Any], known: dict[str, str]
    ) -> None:
        self.client, self.ca_file, self.tokens = client, ca_file, tokens
        self.known = known
        self.sent = 0
        self.expires_at = time.monotonic() + int(tokens["expires_in"]) - 60
        self.session = requests.Session()
        self.session.trust_env = False

    def send(self, case: Any, *, authorized: bool = True) -> requests.Response:
        """Send one case and return the answer."""
        self._with_real_ids(case)
        kwargs = case.as_transport_kwargs(base_url=self.client.issuer)
        prepared = requests.Request(**{**kwargs, "headers": dict(kwargs["headers"] or {})}).prepare()
        if authorized:
            target = urlsplit(str(prepared.url))._replace(query="", fragment="").geturl()
            token = self._fresh_token()
            prepared.headers["Authorization"] = f"DPoP {token}"
            prepared.headers["DPoP"] = self.client.proof(str(prepared.method), target, token)
        return self.session.send(prepared, verify=self.ca_file, timeout=20, allow_redirects=False)

    def get(self, path: str) -> requests.Response:
        """Get something public."""
        return self.session.get(self.client.issuer + path, verify=self.ca_file, timeout=20)

    def _with_real_ids(self, case: Any) -> None:
        """Let every second sound case ask for things that exist: made-up ids only ever meet a 404."""
        self.sent += 1
        if self.sent % 2 and case.meta.generation.mode == GenerationMode.POSITIVE:
            for place in (case.path_parameters, case.body):
                if isinstance(place, dict):
                    place.update({name: self.known[name] for name in place.keys() & self.known.keys()})

    def _fresh_token(self) -> str:
        """Return an access token; one lives five minutes, and the description is long."""
        if time.monotonic() > self.expires_at:
            reply = self.client.refresh(self.tokens["refresh_token"])
            assert reply.status == 200, reply.text
            self.tokens.update(reply.json)
            self.expires_at = time.monotonic() + int(self.tokens["expires_in"]) - 60
        return str(self.tokens["access_token"])


@pytest.fixture(scope="session")
def described(live_bank: LiveBank) -> DescribedCaller:
    """A caller with a token for everything a customer may do."""
    registered, carol = live_bank["clients"]["own_app"], live_bank["users"]["carol"]
    transport = HttpsTransport(live_bank["base_url"], str(live_bank.ca_file))
    key = jwk.import_key(registered["private_jwk"])
    client = FapiClient(transport, registered["client_id"], key, registered["redirect_uri"])
    pushed = client.push(scope=registered["scope"]).json
    page = client.authorize_url(pushed["request_uri"])
    person = Person(transport)
    person.sign_in(page, carol["username"], carol["password"], carol["totp_secret"])
    answered = person.open(page)
    if answered.status == 200:
        answered = person.decide(page)
    tokens = client.redeem(answered.answer["code"]).json
    accounts = carol["accounts"]
    known = {
        "account_id": accounts["C2"],
        "debtor_account": accounts["C2"],
        "creditor_account": accounts["C1"],  # closed: nothing moves, other tests count this money
    }
    return DescribedCaller(client, str(live_bank.ca_file), dict(tokens), known)
