"""A consent of the story, given by the same steps as over HTTP: pushed, shown, granted."""

from dataclasses import replace
from datetime import timedelta

from audit.actor import Actor
from bank import clock
from bank.access.roles import CUSTOMER, permissions_of
from oauth import consent_page
from oauth.models import Client, User
from oauth.operations import grant_consent, note_what_was_shown, push_request
from oauth.queries import find_pushed_request
from oauth.sign_in import ONE_FACTOR, SignIn


def share_until_tomorrow(user: User, client: Client) -> None:
    """Let a person share everything they have with an app, in a consent that ends in a day."""
    by = Actor(
        type="customer", user_id=user.id, roles=frozenset({CUSTOMER}), permissions=permissions_of([CUSTOMER])
    )
    parameters = {
        "scope": " ".join(client.scopes),
        "redirect_uri": client.redirect_uris,
        "response_type": "code",
    }
    reference = push_request(client=client, parameters=parameters, by=by).request_uri
    pushed = find_pushed_request(reference, client.client_id)
    if pushed is None:
        raise LookupError("what was pushed just now is not there")
    now = clock.now()
    shown = replace(consent_page.build(pushed, user), expires_at=now + timedelta(days=1))
    note_what_was_shown(request_id=pushed.id, digest=shown.digest, by=by)
    grant_consent(
        shown=shown,
        chosen=shown.everything,
        signed_in=SignIn(acr=ONE_FACTOR, amr=("pwd",), auth_time=now),
        by=by,
    )
