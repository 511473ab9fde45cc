"""A token for what an app does for itself (RFC 6749, 4.4): its events, its webhooks. No person is in it."""

from typing import Any

from bank.access.permissions import OWN_SCOPES
from oauth import rules, scopes
from oauth.dot.facts import Facts
from oauth.dot.token_type import type_of
from oauth.operations import tokens
from oauth.protocol import secrets
from oauth.protocol.failures import InvalidScope, UnauthorizedClient

GRANT_TYPE = "client_credentials"


def issue(scope: str, facts: Facts) -> dict[str, Any]:
    """Return the token response; raises InvalidScope, UnauthorizedClient.

    Only who proved who it is gets one. Of what is asked for, an app's own scopes are given (RFC 6749, 3.3).
    """
    client = facts.known_client
    if not client.is_confidential or client.first_party:
        raise UnauthorizedClient(
            "Only an app that authenticates, and is not the bank's own, acts for itself."
        )
    asked = scopes.split(scope)
    given = [name for name in asked if name in OWN_SCOPES]
    if not given or not set(asked) <= {scopes.OPENID, *client.scopes}:
        raise InvalidScope(f"Ask for {' or '.join(sorted(OWN_SCOPES))}, as this client is registered.")
    issued = tokens.Issued(
        access_token=secrets.new(secrets.OWN),
        refresh_token="",
        scope=" ".join(given),
        seconds=rules.ACCESS_TOKEN_SECONDS,
        now=facts.now,
    )
    tokens.issue_own(client=client, issued=issued, cnf=facts.cnf, by=facts.actor())
    return {
        "access_token": issued.access_token,
        "token_type": type_of(facts.cnf),
        "expires_in": issued.seconds,
        "scope": issued.scope,
    }
