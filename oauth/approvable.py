"""What identity registers with four eyes: the roles a login holds."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from approvals.registry import Change, register
from audit.actor import Actor
from bank.access.roles import ROLES
from bank.errors import NotFound
from oauth.errors import RoleUnknown
from oauth.models import User
from oauth.operations.break_glass import check_openable, open_break_glass
from oauth.operations.logins import change_login


@dataclass(slots=True)
class RoleChange:
    """A login holds other roles from now on. The payload: `roles`."""

    name: str = "user.roles"
    meaning: str = "The login holds these roles from now on, and may do what they allow."
    target_type: str = "user"

    def propose(self, target_id: str, payload: Mapping[str, Any]) -> Change:
        """Return the roles before and after; raises NotFound, RoleUnknown."""
        if not set(payload["roles"]) <= set(ROLES):
            raise RoleUnknown()
        return Change({"roles": sorted(_locked(target_id).roles)}, {"roles": sorted(payload["roles"])})

    def carry_out(self, target_id: str, payload: Mapping[str, Any], *, by: Actor) -> None:
        """Change the roles; raises OwnRightsUnchangeable for the approver's own."""
        is_active = _locked(target_id).is_active
        change_login(target_id, roles=payload["roles"], is_active=is_active, by=by)


@dataclass(slots=True)
class EmergencyAccess:
    """A login gets one more role for some minutes. The payload: `role`, `minutes`, `reason`."""

    name: str = "user.break_glass"
    meaning: str = "The login has this role besides its own for these minutes, from the approval on."
    target_type: str = "user"

    def propose(self, target_id: str, payload: Mapping[str, Any]) -> Change:
        """Return what it gets; raises NotFound, NotAnEmergencyRole, BreakGlassInForce."""
        check_openable(_locked(target_id), role=payload["role"], minutes=payload["minutes"])
        return Change({"role": "", "minutes": 0, "reason": ""}, payload)

    def carry_out(self, target_id: str, payload: Mapping[str, Any], *, by: Actor) -> None:
        """Open it."""
        open_break_glass(_locked(target_id), **payload, by=by)


def register_all() -> None:
    """Tell four eyes what identity needs them for."""
    register(RoleChange())
    register(EmergencyAccess())


def _locked(user_id: str) -> User:
    try:
        return User.objects.select_for_update(no_key=True).get(id=user_id)
    except (User.DoesNotExist, ValueError) as error:
        raise NotFound() from error
