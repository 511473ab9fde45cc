"""Logins, apps, consents, tokens."""

from typing import Any

from bank.privacy.masks import Mask
from bank.privacy.register import declare
from bank.privacy.words import (
    ACCESS_LOG,
    CLOSED_CUSTOMER,
    IN_USE,
    LEDGER,
    LOG,
    NOTHING,
    REQUEST,
    SESSION,
    STAFF,
    AtErasure,
    Basis,
)

_DISPUTES = "Art. 17(3)(e): that there was a consent, and what it covered, can be disputed"
_TOKEN: dict[str, Any] = {
    "basis": Basis.CONSENT,
    "retention": REQUEST,
    "subject": "user",
    "at_erasure": AtErasure.DELETED,
}

declare(
    "oauth.User",
    purpose="to sign in",
    basis=Basis.CONTRACT,
    retention=CLOSED_CUSTOMER,
    subject="id",
    at_erasure=AtErasure.BLANKED,
    personal={"username": Mask.INITIALS, "last_login": Mask.SHOWN, "restriction_ground": Mask.SHOWN},
    technical="id roles is_active created_at restricted_at",
    hidden="password",
    in_clear="the name of a login is what a person is found by; it need not be theirs",
    kept_because="Art. 17(3)(b): the pseudonym that the books and the log point at",
    ended_by="erasure, by itself, so long after the last account closed",
)
declare(
    "oauth.Client",
    purpose="which apps may ask for tokens, and who answers for them",
    basis=Basis.CONTRACT,
    retention=IN_USE,
    personal={"tls_client_auth_san_email": Mask.EMAIL, "organisation": Mask.SHOWN, "review_note": Mask.SHOWN},
    technical="id client_id user redirect_uris post_logout_redirect_uris client_type "
    "authorization_grant_type name skip_authorization created updated algorithm allowed_origins "
    "registration_source cimd_expires_at hash_client_secret token_endpoint_auth_method "
    "client_jwks client_jwks_uri require_pushed_authorization_requests dpop_bound_access_tokens "
    "tls_client_certificate_bound_access_tokens tls_client_auth_subject_dn "
    "tls_client_auth_san_dns tls_client_auth_san_uri tls_client_auth_san_ip "
    "id_token_signed_response_alg scopes authorization_details_types first_party purpose homepage "
    "privacy_notice backchannel_logout_uri is_active status "
    "software_id software_version initial_access_token require_signed_request_object "
    "request_object_signing_alg authorization_signed_response_alg "
    "introspection_signed_response_alg require_http_message_signatures",
    hidden="client_secret registration_token_checksum",
    in_clear="of organisations, not of customers; customers have a right to read who asks",
    left_out="of organisations; developers read what is theirs in the portal",
)
declare(
    "oauth.InitialAccessToken",
    purpose="which organisations may register apps",
    basis=Basis.CONTRACT,
    retention=STAFF,
    personal={"organisation": Mask.SHOWN},
    technical="id clients_left issued_by created_at expires_at",
    hidden="token_checksum",
    in_clear="of organisations, not of customers",
    left_out="of organisations",
)
declare(
    "oauth.SoftwareStatement",
    purpose="what a trusted issuer said of an app, as the app hears it back",
    basis=Basis.CONTRACT,
    retention=IN_USE,
    technical="client text created_at",
)
declare(
    "oauth.OwnToken",
    purpose="an app's keys to its own events and webhooks, of five minutes, hashed; no person is in them",
    retention=REQUEST,
    technical="client scope created_at expires_at",
    hidden="token_checksum cnf",
)
declare(
    "oauth.ApiKey",
    purpose="what services call with; they act for no person",
    retention=STAFF,
    technical="id service hint scopes networks created_at created_by expires_at last_used_on replaces "
    "revoked_at",
    hidden="checksum",
)
declare(
    "oauth.Consent",
    purpose="what a person allowed an app, until when",
    basis=Basis.CONSENT,
    retention=LEDGER,
    subject="user",
    at_erasure=AtErasure.BLANKED,
    personal={"granted": Mask.HIDDEN, "shown": Mask.HIDDEN},
    financial={"authorization_details": Mask.HIDDEN},
    technical="id kind status client user pushed_request session permissions scope shown_digest acr amr "
    "auth_time created_at renewed_at expires_at ended_at last_used_at version last_event_id",
    in_clear="the details are kept here without names: what names a payee is in `granted`",
    kept_because=_DISPUTES,
    emptied={"granted": None, "shown": None, "authorization_details": []},
)
declare(
    "oauth.DataAccess",
    purpose="which app looked at what, when: shown to the customer",
    basis=Basis.INTEREST,
    retention=ACCESS_LOG,
    subject="consent__user",
    at_erasure=AtErasure.DELETED,
    personal={"what": Mask.SHOWN, "first_at": Mask.SHOWN, "last_at": Mask.SHOWN},
    technical="id consent about is_attended began_at count",
    in_clear="ids and hours; one is counted up thousands of times an hour",
    aged_by="began_at",
)
declare(
    "oauth.Confirmation",
    purpose="a fresh second factor for one thing shown",
    basis=Basis.LEGAL_DUTY,
    retention=REQUEST,
    subject="user",
    at_erasure=AtErasure.DELETED,
    technical="id user session failures outcome created_at expires_at ended_at",
    hidden="digest nonce",
)
declare(
    "oauth.SignedMessage",
    purpose="requests and answers that nobody can deny later",
    basis=Basis.INTEREST,
    retention=LOG,
    financial={"box": Mask.HIDDEN},
    technical="id kind client answers digest created_at",
    at_erasure=AtErasure.KEPT,
    kept_because="Art. 17(3)(e): an order that an app signed, and its answer, can be disputed",
    left_out="an app's messages, kept closed as evidence; what they ordered stands in its own tables",
)
declare(
    "oauth.PushedAuthorizationRequest",
    purpose="what an app asks for, until its customer decides",
    basis=Basis.CONTRACT,
    retention=REQUEST,
    subject="shown_to",
    at_erasure=AtErasure.DELETED,
    personal={"authorization_details": Mask.HIDDEN},
    technical="id client parameters dpop_jkt shown_to shown_digest created_at expires_at decided_at",
    hidden="reference_checksum",
)
declare(
    "oauth.SignedInSession",
    purpose="where a person is signed in, for them to see and end",
    basis=Basis.INTEREST,
    retention=SESSION,
    subject="user",
    at_erasure=AtErasure.DELETED,
    personal={"device": Mask.SHOWN, "created_at": Mask.SHOWN, "ended_at": Mask.SHOWN},
    technical="id user",
    hidden="session_key",
    in_clear="a kind of browser, no address: what its owner knows it by",
    aged_by="ended_at",
)
declare(
    "oauth.KnownDevice",
    purpose="to tell a person of a sign-in on a new device",
    basis=Basis.INTEREST,
    retention=ACCESS_LOG,
    subject="user",
    at_erasure=AtErasure.DELETED,
    personal={"device": Mask.SHOWN, "first_seen_at": Mask.SHOWN},
    technical="id user attempts due_at told_at",
    hidden="checksum",
    in_clear="a kind of browser, no address",
    aged_by="first_seen_at",
)
declare(
    "oauth.LogoutNotice",
    purpose="which app has to be told that a session ended",
    basis=Basis.CONTRACT,
    retention=SESSION,
    subject="session__user",
    at_erasure=AtErasure.DELETED,
    technical="id client session created_at attempts next_at delivered_at",
    aged_by="created_at",
)
declare(
    "oauth.Grant",
    purpose="authorization codes, a minute each",
    technical="id user application expires redirect_uri scope created updated code_challenge_method claims "
    "resource consent redeemed_at",
    hidden="code code_challenge cnf nonce",
    **_TOKEN,
)
declare(
    "oauth.RefreshToken",
    purpose="keys to a consent, hashed",
    technical="id user application access_token token_family resource created updated revoked consent scope",
    hidden="token token_checksum cnf",
    **_TOKEN,
)
declare(
    "oauth.AccessToken",
    purpose="keys to a consent of five minutes, hashed",
    technical="id user id_token application expires scope resource created updated consent "
    "source_refresh_token",
    hidden="token token_checksum cnf",
    **_TOKEN,
)
declare(
    "oauth.IDToken",
    purpose="ID tokens are given away, not kept",
    retention=NOTHING,
    technical="id user jti application expires scope created updated",
)
