"""What can be done with apps, consents and tokens."""

from oauth.operations.clients import register_client, register_explorer
from oauth.operations.consents import grant_consent, refuse_consent, revoke_consent
from oauth.operations.requests import note_what_was_shown, push_request
from oauth.operations.tokens import issue_for_code, issue_for_refresh, revoke_token

__all__ = [
    "grant_consent",
    "issue_for_code",
    "issue_for_refresh",
    "note_what_was_shown",
    "push_request",
    "refuse_consent",
    "register_client",
    "register_explorer",
    "revoke_consent",
    "revoke_token",
]
