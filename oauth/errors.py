"""What can go wrong with consents and apps. The OAuth endpoints speak RFC 6749 (oauth/protocol)."""

from collections.abc import Sequence

from bank.errors import Conflict, Forbidden, Malformed, NotFound, Refused, TooMany, Unauthorized


class InvalidAccessToken(Unauthorized):
    """The access token is not valid."""


class TokenInUrl(Malformed):
    """An access token belongs into the Authorization header, never into a URL."""


class InsufficientUserAuthentication(Unauthorized):
    """This needs a stronger or a fresher sign-in of the person."""

    def __init__(self, *, acr_values: Sequence[str], max_age: int) -> None:
        super().__init__()
        self.headers = {
            "WWW-Authenticate": 'DPoP error="insufficient_user_authentication", '
            'error_description="The person has to sign in by two factors, and not too long ago.", '
            f'acr_values="{" ".join(acr_values)}", max_age="{max_age}"'
        }


class ConsentNotFound(NotFound):
    """There is no such consent."""


class ConsentUsed(Forbidden):
    """What this consent allowed once was done already."""


class ConsentCannotChange(Conflict):
    """This consent has ended, or was used: nothing about it can be changed."""


class CustomerNotPresent(TooMany):
    """Without its customer an app may look at this four times a day."""


class UseRestricted(Forbidden):
    """The customer restricted the use of their data: no app may use it until that is lifted."""


class EndNotSooner(Refused):
    """The new end must lie between now and the present end."""


class ReceiptIsTheCustomers(Forbidden):
    """A receipt names accounts that were not shared: it is for the customer alone."""


class NothingChosen(Refused):
    """Nothing was chosen to share."""


class ChoiceNotOffered(Refused):
    """Something was chosen that was not offered."""


class RequestDecided(Conflict):
    """This request has already been decided, or its time is over."""


class PageChanged(Conflict):
    """What was shown is no longer what would be agreed to."""


class ConfirmationOver(Conflict):
    """This was confirmed already, or the time for it is over."""


class ConfirmationChanged(Conflict):
    """What was confirmed is not what was shown."""


class InvalidApiKey(Unauthorized):
    """The API key is not valid here."""


class ApiKeyNotFound(NotFound):
    """There is no such API key."""


class ApiKeyRefused(Malformed):
    """No such API key can be made."""


class SessionNotFound(NotFound):
    """There is no such session, or it is not yours."""


class ClientMetadataRefused(Malformed):
    """The app cannot be registered like this."""


class OwnRightsUnchangeable(Refused):
    """Nobody changes their own rights."""


class LoginNameTaken(Conflict):
    """There is a login of this name already."""


class RoleUnknown(Refused):
    """There is no such role."""


class RegistrationRefused(Unauthorized):
    """Registering an app needs an initial access token from the bank."""


class ClientNotFound(NotFound):
    """There is no such app."""


class ClientInOtherState(Conflict):
    """The app is in another state."""


class KeysNotRotatable(Refused):
    """The signing keys cannot be renewed now."""


class SignatureRequired(Malformed):
    """This app has to sign its payments."""


class SignatureInvalid(Malformed):
    """The signature of the request does not hold."""


class BreakGlassNotFound(NotFound):
    """There is no such emergency access."""


class BreakGlassInForce(Conflict):
    """An emergency access of this login is in force."""


class BreakGlassOver(Conflict):
    """This emergency access is over."""


class BreakGlassReviewed(Conflict):
    """This emergency access was reviewed already."""


class NotAnEmergencyRole(Refused):
    """This role is not given in an emergency, or not to this login."""


class OwnEmergency(Forbidden):
    """Who had an emergency access or approved it does not review it."""


class VerdictMissing(Refused):
    """Say what was done and whether it was needed."""


class AccessReviewNotFound(NotFound):
    """There is no such access review."""


class AccessReviewLineNotFound(NotFound):
    """There is no such line in an access review."""


class AccessReviewOpen(Conflict):
    """An access review is open; one is open at a time."""


class AccessReviewLineDecided(Conflict):
    """This login was decided on already."""


class OwnAccess(Forbidden):
    """Nobody reviews their own access."""


class ReviewReasonMissing(Refused):
    """Say why the login keeps its roles or loses them."""
