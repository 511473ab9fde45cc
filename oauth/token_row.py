"""The rows that stand behind every request, by statements composed once (bank/database/statements.py).

An access token comes with its consent, app and login in the one query of each API request. Only the columns
the check and the Actor need are read there.
"""

from datetime import timedelta

from bank import clock
from bank.database.statements import Part, Row, Select
from oauth.models import AccessToken, Client, Consent, Grant, RefreshToken, User

_TOKEN = frozenset(
    {"id", "token_checksum", "expires", "scope", "cnf", "created", "consent_id", "application_id", "user_id"}
)
_CONSENT = frozenset(
    {"id", "kind", "status", "permissions", "created_at", "renewed_at"} | {"expires_at", "acr", "auth_time"}
)
_CLIENT = frozenset(
    {"id", "client_id", "is_active", "status", "first_party"} | {"require_http_message_signatures"}
)
_USER = frozenset({"id", "username", "roles", "is_active", "restricted_at", "restriction_ground"})

_JOINED = "JOIN oauth_consent c ON c.id = t.consent_id JOIN oauth_user u ON u.id = t.user_id"
_WITH_CONSENT = (Part(Consent, "c", "consent"), Part(User, "u", "user"))

# How far the bank's clock is ahead is asked by the same query, here and for an app.
_ACCESS_TOKEN = Select[AccessToken](
    (
        Part(AccessToken, "t", names=_TOKEN),
        Part(Consent, "c", "consent", _CONSENT),
        Part(Client, "a", "application", _CLIENT),
        Part(User, "u", "user", _USER),
    ),
    f"FROM oauth_accesstoken t {_JOINED} JOIN oauth_client a ON a.id = t.application_id"
    " WHERE t.token_checksum = %s",
    also="bank_ahead()",
)
_CODE = Select[Grant](
    (Part(Grant, "t"), *_WITH_CONSENT),
    f"FROM oauth_grant t {_JOINED} WHERE t.code = %s AND t.application_id = %s FOR UPDATE OF t",
)
_REFRESH_TOKEN = Select[RefreshToken](
    (Part(RefreshToken, "t"), *_WITH_CONSENT),
    f"FROM oauth_refreshtoken t {_JOINED}"
    " WHERE t.token_checksum = %s AND t.application_id = %s AND t.revoked IS NULL FOR NO KEY UPDATE OF t",
)
_APP = Select[Client](
    (Part(Client, "a"),), "FROM oauth_client a WHERE a.client_id = %s AND a.is_active", also="bank_ahead()"
)


def find(checksum: str) -> AccessToken | None:
    """Return the access token with this checksum, its consent, app and login attached."""
    return _heard(_ACCESS_TOKEN.first_with([checksum]))


def find_client(client_id: str) -> Client | None:
    """Return the app of this client_id, if it may do anything now."""
    return _heard(_APP.first_with([client_id]))


def lock_code(checksum: str, application_id: int) -> Grant | None:
    """Return this app's code with its consent and login, locked: of two redemptions one waits."""
    return _CODE.first([checksum, application_id])


def lock_refresh_token(checksum: str, application_id: int) -> RefreshToken | None:
    """Return this app's live refresh token, locked: a revocation comes before or after."""
    return _REFRESH_TOKEN.first([checksum, application_id])


def _heard(found: tuple[Row, timedelta] | None) -> Row | None:
    """Return the row; the request goes by the bank's clock as it came along."""
    if found is None:
        return None
    row, ahead = found
    clock.heard(ahead)
    return row
