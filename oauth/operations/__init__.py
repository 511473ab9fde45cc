"""What can be done with apps, consents and tokens."""

from oauth.operations.client_life import (
    approve_client,
    refuse_client,
    reinstate_client,
    submit_client,
    suspend_client,
    withdraw_client,
)
from oauth.operations.clients import change_keys, register_client, register_explorer
from oauth.operations.consent_life import shorten_consent, withdraw_from_consent
from oauth.operations.consents import check_choice, grant_consent, refuse_consent, revoke_consent
from oauth.operations.key_rotation import replace_signing_keys, rotate_signing_keys
from oauth.operations.registration import (
    close_client,
    issue_initial_access_token,
    register_app,
    update_registration,
)
from oauth.operations.requests import end_request, note_what_was_shown, push_request
from oauth.operations.tokens import issue_for_code, issue_for_refresh, revoke_token

__all__ = [
    "approve_client",
    "change_keys",
    "check_choice",
    "close_client",
    "end_request",
    "grant_consent",
    "issue_for_code",
    "issue_for_refresh",
    "issue_initial_access_token",
    "note_what_was_shown",
    "push_request",
    "refuse_client",
    "refuse_consent",
    "register_app",
    "register_client",
    "register_explorer",
    "reinstate_client",
    "replace_signing_keys",
    "revoke_consent",
    "revoke_token",
    "rotate_signing_keys",
    "shorten_consent",
    "submit_client",
    "suspend_client",
    "update_registration",
    "withdraw_client",
    "withdraw_from_consent",
]
