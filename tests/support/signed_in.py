"""A session of Django's test client as the bank's own sign-in pages would have left it."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from audit.actor import Actor

PASSWORD = {"method": "password"}
CODE = {"method": "mfa", "type": "totp"}


def enter(browser: Any, user: Any) -> None:
    """Sign a person in, by no particular steps, in a session that the bank remembers."""
    from oauth.operations.sessions import begin_session
    from oauth.sign_in import SESSION_ID

    browser.force_login(user)
    session = browser.session
    if SESSION_ID not in session:
        begun = begin_session(user_id=user.id, session_key=session.session_key, device="a test")
        session[SESSION_ID] = begun.id
        session.save()


def in_session(by: Actor) -> Actor:
    """Return the actor as they act on a page: in a session of theirs, which is new."""
    from oauth.models import SignedInSession

    begun = SignedInSession.objects.create(user_id=by.user_id, device="a test")
    return replace(by, session_id=begun.id)


def prove(browser: Any, user: Any, *methods: dict[str, str]) -> None:
    """Sign a person in as if by these steps, in their order."""
    from allauth.account.internal.flows.login import record_authentication

    enter(browser, user)
    session = browser.session
    request: Any = SimpleNamespace(session=session, user=user)
    for method in methods:
        record_authentication(request, user, **method)
    session.save()
