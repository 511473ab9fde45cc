"""Step-up at the API (RFC 9470): some calls want a sign-in by two factors that is not too long ago.

It asks the bank's own app alone. Whoever uses a third party decides about each payment, or about paying at
all, on the bank's own consent page.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.utils import timezone

from audit.actor import Actor
from audit.operations import record_attempt
from bank.observability.glass_box import acts
from oauth.errors import InsufficientUserAuthentication
from oauth.sign_in import ACR_VALUES, TWO_FACTORS

# How old a sign-in may be for what cannot be taken back, or opens what is closed to everybody.
FRESH_SECONDS = 300
PEOPLE = frozenset({"customer", "staff"})  # staff have accounts of their own, too
Method = Callable[..., Any]


def strong_sign_in(method: Method) -> Method:
    """Guard a method of an API view: raises InsufficientUserAuthentication before anything is done."""

    @wraps(method)
    def guarded(view: Any, request: Any, *args: Any, **kwargs: Any) -> Any:
        check_strong(request.auth, target=("endpoint", request.path))
        return method(view, request, *args, **kwargs)

    return guarded


@acts(1, "two factors, not too long ago")
def check_strong(actor: Actor, *, target: tuple[str, str], max_age: int | None = None) -> None:
    """Raise InsufficientUserAuthentication unless two factors were proved, at most `max_age` seconds ago."""
    if actor.bound_to_consent or actor.type not in PEOPLE:
        return
    max_age = settings.PAYMENT_SIGN_IN_SECONDS if max_age is None else max_age
    age = timezone.now().timestamp() - (actor.auth_time or 0)
    if actor.acr == TWO_FACTORS and age <= max_age:
        return
    record_attempt("access.denied", by=actor, target=target, reason="insufficient_user_authentication")
    raise InsufficientUserAuthentication(acr_values=ACR_VALUES[:1], max_age=max_age)
