"""DOT's validator with the bank's rules: it asks and keeps nothing but through queries and operations."""

from typing import Any

from django.conf import settings
from oauth2_provider.oauth2_validators import OAuth2Validator
from oauthlib.common import Request

from bank import clock
from oauth import rules, signing_keys
from oauth.dot.facts import Facts
from oauth.models import Consent, Grant, RefreshToken
from oauth.operations import tokens
from oauth.protocol import id_token, pkce
from oauth.scopes import OPENID

GRANT_TYPES = ("authorization_code", "refresh_token")


class BankValidator(OAuth2Validator):  # type: ignore[misc]
    """Answers oauthlib's questions for one request, from its facts."""

    def __init__(self, facts: Facts) -> None:
        super().__init__()
        self.facts = facts

    # --- The client was authenticated before oauthlib is asked (oauth/endpoints/client_authentication.py).

    def client_authentication_required(self, request: Request, *args: Any, **kwargs: Any) -> bool:
        return self.facts.known_client.is_confidential

    def authenticate_client(self, request: Request, *args: Any, **kwargs: Any) -> bool:
        return self._is_the_client(request)

    def authenticate_client_id(self, client_id: str, request: Request, *args: Any, **kwargs: Any) -> bool:
        return self._is_the_client(request)

    def validate_client_id(self, client_id: str, request: Request, *args: Any, **kwargs: Any) -> bool:
        return self._is_the_client(request)

    def _is_the_client(self, request: Request) -> bool:
        client = self.facts.known_client
        request.client, request.client_id = client, client.client_id
        return client.is_active

    # --- Authorization: what was pushed has been checked by oauth/protocol/authorization_request.py.

    def validate_redirect_uri(
        self, client_id: str, redirect_uri: str, request: Request, *a: Any, **k: Any
    ) -> bool:
        return self.facts.known_client.redirect_uri_allowed(redirect_uri)

    def validate_response_type(self, client_id: str, response_type: str, *args: Any, **kwargs: Any) -> bool:
        return response_type == "code"

    def validate_scopes(self, client_id: str, scopes: list[str], *args: Any, **kwargs: Any) -> bool:
        return set(scopes) <= {OPENID, *self.facts.known_client.scopes}

    def get_default_scopes(self, client_id: str, request: Request, *args: Any, **kwargs: Any) -> list[str]:
        return []

    def is_pkce_required(self, client_id: str, request: Request) -> bool:
        return True

    def save_authorization_code(
        self, client_id: str, code: dict[str, str], request: Request, *a: Any, **k: Any
    ) -> None:
        consent = self.facts.consent
        if consent is None:
            raise LookupError("a code belongs to a consent")
        tokens.keep_code(
            code=code["code"],
            consent=consent,
            parameters=self.facts.parameters,
            cnf=self.facts.cnf,
            now=self.facts.now,
        )

    # --- Code → tokens

    def validate_code(
        self, client_id: str, code: str, client: Any, request: Request, *args: Any, **kwargs: Any
    ) -> bool:
        grant = tokens.lock_code(code=code, client=self.facts.known_client)
        if grant is None:
            return False
        if grant.redeemed_at is not None:
            tokens.note_code_reuse(grant=grant, by=self.facts.actor(grant.consent))
            return False
        if not self._may_redeem(grant, request):
            return False
        self.facts.grant = grant
        request.user, request.scopes, request.nonce = grant.user, grant.scope.split(), grant.nonce
        return True

    def _may_redeem(self, grant: Grant, request: Request) -> bool:
        return (
            self.facts.now < grant.expires
            and self._is_bound_alike(grant.cnf)
            and pkce.is_verified(grant.code_challenge, _sent(request, "code_verifier"))
            and grant.redirect_uri_allowed(_sent(request, "redirect_uri"))
            and self._holds(grant.consent, grant.user)
        )

    def validate_grant_type(self, client_id: str, grant_type: str, *args: Any, **kwargs: Any) -> bool:
        return grant_type in GRANT_TYPES

    def confirm_redirect_uri(self, *args: Any, **kwargs: Any) -> bool:
        return self.facts.grant is not None

    def get_code_challenge(self, code: str, request: Request) -> str:
        return self.facts.grant.code_challenge if self.facts.grant else ""

    def get_code_challenge_method(self, code: str, request: Request) -> str:
        return self.facts.grant.code_challenge_method if self.facts.grant else ""

    def get_authorization_code_nonce(self, *args: Any) -> str | None:
        return self.facts.grant.nonce if self.facts.grant else None

    def invalidate_authorization_code(self, *args: Any, **kwargs: Any) -> None:
        """Nothing to do: the code is marked as redeemed together with its tokens."""

    # --- Refresh token → one more access token

    def validate_refresh_token(
        self, refresh_token: str, client: Any, request: Request, *a: Any, **k: Any
    ) -> bool:
        found = tokens.lock_refresh_token(token=refresh_token, client=self.facts.known_client)
        if found is None or not self._may_refresh(found):
            return False
        self.facts.refresh_token = found
        request.user, request.refresh_token = found.user, refresh_token
        return True

    def _may_refresh(self, found: RefreshToken) -> bool:
        return self._is_bound_alike(found.cnf) and self._holds(found.consent, found.user)

    def get_original_scopes(self, refresh_token: str, request: Request, *args: Any, **kwargs: Any) -> str:
        return self.facts.refresh_token.scope if self.facts.refresh_token else ""

    def rotate_refresh_token(self, request: Request) -> bool:
        return False

    # --- Keeping and revoking

    def save_bearer_token(self, token: dict[str, Any], request: Request, *args: Any, **kwargs: Any) -> None:
        facts = self.facts
        issued = tokens.Issued(
            access_token=token["access_token"],
            refresh_token=token.get("refresh_token", ""),
            scope=token["scope"],
            seconds=token["expires_in"],
            now=facts.now,
        )
        if facts.grant:
            by = facts.actor(facts.grant.consent)
            tokens.issue_for_code(grant=facts.grant, issued=issued, cnf=facts.cnf, by=by)
        elif facts.refresh_token:
            by = facts.actor(facts.refresh_token.consent)
            tokens.issue_for_refresh(refresh_token=facts.refresh_token, issued=issued, cnf=facts.cnf, by=by)
        else:
            raise LookupError("a token comes from a code or a refresh token")

    def revoke_token(
        self, token: str, token_type_hint: str, request: Request, *args: Any, **kwargs: Any
    ) -> None:
        tokens.revoke_token(token=token, client=self.facts.known_client, by=self.facts.actor())

    # --- OpenID Connect

    def get_id_token(self, token: dict[str, Any], token_handler: Any, request: Request) -> str:
        grant, client = self.facts.grant, self.facts.known_client
        if grant is None:
            raise LookupError("an ID token comes with a code")
        facts = id_token.SignedIn(
            issuer=settings.PUBLIC_ORIGIN,
            subject=grant.user_id,
            client_id=client.client_id,
            auth_time=grant.consent.auth_time,
            acr=grant.consent.acr,
            amr=tuple(grant.consent.amr),
            nonce=grant.nonce,
            sid=grant.consent.session_id or "",
        )
        algorithm = client.id_token_signed_response_alg
        key = signing_keys.signing_key(algorithm)
        return id_token.issue(
            facts, access_token=token["access_token"], algorithm=algorithm, key=key, now=self.facts.now
        )

    def get_userinfo_claims(self, request: Request) -> dict[str, str]:
        return {"sub": str(request.user.id)}

    # --- Shared

    def seconds_of_a_token(self) -> int:
        """Return how long the access token being made will live."""
        source = self.facts.grant or self.facts.refresh_token
        return rules.token_seconds(clock.now(), source.consent.expires_at) if source else 0

    def _is_bound_alike(self, cnf: dict[str, str]) -> bool:
        """What is bound to a key works with that key alone; an unbound code takes the first."""
        return not cnf or cnf == self.facts.cnf

    def _holds(self, consent: Consent, user: Any) -> bool:
        return consent.opens(clock.now()) and user.is_active


def _sent(request: Request, name: str) -> str:
    """Return a parameter as the client sent it."""
    return str(getattr(request, name, None) or "")
