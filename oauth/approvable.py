"""What identity registers with four eyes: the roles of a login, emergency access, and apps that go live."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from approvals.registry import Change, register
from audit.actor import Actor
from bank.access.roles import ROLES
from bank.errors import NotFound
from oauth.errors import RoleUnknown
from oauth.models import Client, User
from oauth.models.clients import REVIEWED
from oauth.operations import client_life
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


@dataclass(slots=True)
class GoingLive:
    """An app in review goes live, exactly as it was looked at; turned down, it is in the sandbox again."""

    name: str = client_life.GOING_LIVE
    meaning: str = "The app goes live: with this name, these addresses and these scopes it may ask customers."
    target_type: str = "client"

    def propose(self, target_id: str, payload: Mapping[str, Any]) -> Change:
        """Return the state before, and what would be live; raises ClientNotFound, ClientInOtherState."""
        client = client_life.lock_client(target_id, Client.Status.IN_REVIEW)
        live = {name: getattr(client, name) for name in REVIEWED}
        return Change({"status": client.status}, {"status": Client.Status.LIVE.value, **live})

    def carry_out(self, target_id: str, payload: Mapping[str, Any], *, by: Actor) -> None:
        """Let it live; raises OwnRequest for its developer."""
        client_life.go_live(target_id, by=by)

    def lock(self, target_id: str) -> None:
        """Lock the app, if there is one."""
        Client.objects.select_for_update(of=("self",)).filter(client_id=target_id).first()

    def turn_down(self, target_id: str, *, note: str, decided: bool, by: Actor) -> None:
        """Send it back to the sandbox with the note; raises OwnRequest for its developer."""
        client_life.send_back(target_id, note=note, decided=decided, by=by)


def register_all() -> None:
    """Tell four eyes what identity needs them for."""
    register(RoleChange())
    register(EmergencyAccess())
    register(GoingLive())


def _locked(user_id: str) -> User:
    try:
        return User.objects.select_for_update(no_key=True).get(id=user_id)
    except (User.DoesNotExist, ValueError) as error:
        raise NotFound() from error
