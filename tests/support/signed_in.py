"""A session of Django's test client as the bank's own sign-in pages would have left it."""

from types import SimpleNamespace
from typing import Any

PASSWORD = {"method": "password"}
CODE = {"method": "mfa", "type": "totp"}


def prove(browser: Any, user: Any, *methods: dict[str, str]) -> None:
    """Sign a person in as if by these steps, in their order."""
    from allauth.account.internal.flows.login import record_authentication

    browser.force_login(user)
    session = browser.session
    request: Any = SimpleNamespace(session=session, user=user)
    for method in methods:
        record_authentication(request, user, **method)
    session.save()
