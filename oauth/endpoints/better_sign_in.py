"""Steps up a sign-in that is not what the app asks for (RFC 9470, 4; OpenID Connect Core, 5.5.1.1)."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse

from bank.site import second_factor
from oauth import sign_in
from oauth.models import PushedAuthorizationRequest
from oauth.protocol.authorization_request import prompts
from oauth.protocol.failures import LoginRequired, UnmetAuthenticationRequirements
from oauth.protocol.sign_in_asked import Asked, asked


def way_to_better(request: HttpRequest, pushed: PushedAuthorizationRequest) -> str | None:
    """Return where the person proves more, or None when what they proved is enough or must do.

    Raises LoginRequired when nobody may be asked, or somebody else is meant; UnmetAuthenticationRequirements
    when the app insists and this person has nothing to prove more with.
    """
    wanted, user = asked(pushed.parameters), request.user
    if wanted.subject and wanted.subject != user.pk:
        raise LoginRequired("Another person is signed in than the one asked for.")
    if wanted.is_met_by(sign_in.of_session(request).acr):
        return None
    if _could_prove_more(user, wanted):
        if "none" in prompts(pushed.parameters):
            raise LoginRequired("The person has to prove more than they did.")
        return f"{reverse('mfa_reauthenticate')}?{urlencode({'next': request.get_full_path()})}"
    if wanted.is_essential:
        raise UnmetAuthenticationRequirements("This person cannot sign in the way the app insists on.")
    return None


def _could_prove_more(user: Any, wanted: Asked) -> bool:
    return wanted.can_be_met and second_factor.is_enrolled(user)
