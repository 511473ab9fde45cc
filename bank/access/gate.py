"""The door: deny unless the view names its permission and the caller holds it.

    class AccountList(APIView):
        permission = permissions.ACCOUNTS_READ           # or {"GET": …, "POST": …}, or PUBLIC, or SIGNED_IN

Who may is asked here; whose it is, in `queries`; whether it may happen, in `rules`.
"""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, Final

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from rest_framework.permissions import BasePermission

from bank.access import rate_limits, signals
from bank.errors import Forbidden, Unauthorized
from bank.observability.context import current
from bank.observability.glass_box import acts
from bank.wire.errors import MethodNotAllowed
from bank.wire.query import refuse_unasked_query

PUBLIC: Final = "public"
SIGNED_IN: Final = "signed_in"

View = Callable[..., HttpResponseBase]


class InsufficientScope(Forbidden):
    """The access token does not allow this."""

    def __init__(self, permission: str) -> None:
        super().__init__(f"this needs {permission}")
        self.headers = {"WWW-Authenticate": f'DPoP error="insufficient_scope", scope="{permission}"'}


class ViewNamesNoPermission(Forbidden):
    """Nobody may do this: the bank did not say who may."""


class NamedPermission(BasePermission):
    """Lets through who holds what the view names, within the caller's limits."""

    @acts(2, "the permission the view names, held by the caller")
    def has_permission(self, request: Any, view: Any) -> bool:
        """Return True or raise: Unauthorized, TooMany, InsufficientScope, InvalidQuery."""
        needed = permission_of(view, request.method)
        actor = request.auth
        if needed != PUBLIC and actor is None:
            raise Unauthorized()
        current().caller = actor.caller if actor else ""
        rate_limits.check_api(request, view, actor)
        if needed not in (PUBLIC, SIGNED_IN) and needed not in actor.permissions:
            signals.access_denied.send(
                sender=NamedPermission,
                request=request,
                actor=actor,
                permission=needed,
                reason="insufficient_scope",
            )
            raise InsufficientScope(needed)
        refuse_unasked_query(request, view)
        return True


def permission_of(view: Any, method: str) -> str:
    """Return the permission a view names for a method; raises when it names none."""
    named = getattr(view, "permission", None)
    if isinstance(named, Mapping):
        named = named.get("GET" if method == "HEAD" else method, MethodNotAllowed)
    if named is MethodNotAllowed:
        raise MethodNotAllowed()
    if not named:
        raise ViewNamesNoPermission()
    return str(named)


def page_for(permission: str) -> Callable[[View], View]:
    """Guard a page: PUBLIC, SIGNED_IN, or a permission its visitor holds; strangers are sent to sign in."""

    def guard(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            refusal = _refuse_page(request, permission)
            return refusal or view(request, *args, **kwargs)

        guarded.permission = permission  # type: ignore[attr-defined]
        return guarded

    return guard


def _refuse_page(request: HttpRequest, permission: str) -> HttpResponseBase | None:
    if permission == PUBLIC:
        return None
    user: Any = request.user
    if not user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    if permission != SIGNED_IN and permission not in user.permissions:
        signals.access_denied.send(
            sender=page_for, request=request, actor=None, permission=permission, reason="missing_permission"
        )
        raise PermissionDenied
    return None
