"""The bank's OAuth server: oauthlib's endpoints with one response type, two grants and one token type."""

from oauthlib.oauth2 import (
    AuthorizationEndpoint,
    RefreshTokenGrant,
    ResourceEndpoint,
    RevocationEndpoint,
    TokenEndpoint,
)
from oauthlib.openid import UserInfoEndpoint
from oauthlib.openid.connect.core.grant_types import AuthorizationCodeGrant

from oauth.dot.facts import Facts
from oauth.dot.token_type import SenderConstrainedToken
from oauth.dot.validator import BankValidator


class BankServer(
    AuthorizationEndpoint,  # type: ignore[misc]
    TokenEndpoint,  # type: ignore[misc]
    RevocationEndpoint,  # type: ignore[misc]
    UserInfoEndpoint,  # type: ignore[misc]
    ResourceEndpoint,  # type: ignore[misc]
):
    """Code and refresh token only: there is no implicit, password or device grant to switch off."""

    def __init__(self, facts: Facts) -> None:
        validator = BankValidator(facts)
        token_type = SenderConstrainedToken(validator)
        code_grant = AuthorizationCodeGrant(validator)
        refresh_grant = RefreshTokenGrant(validator)
        AuthorizationEndpoint.__init__(self, "code", token_type, {"code": code_grant})
        TokenEndpoint.__init__(
            self,
            default_grant_type="authorization_code",
            default_token_type=token_type,
            grant_types={"authorization_code": code_grant, "refresh_token": refresh_grant},
        )
        RevocationEndpoint.__init__(self, validator)
        UserInfoEndpoint.__init__(self, validator)
        ResourceEndpoint.__init__(self, "DPoP", {"DPoP": token_type})
        # oauthlib's userinfo would check a bearer token of its own making, whatever the server's type is.
        self.bearer = token_type
