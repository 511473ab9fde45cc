"""Who does it: the one value every operation takes as `by`."""

from dataclasses import dataclass
from typing import Literal

ActorType = Literal["customer", "staff", "app", "service", "system", "anonymous"]


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who acts, with the rights they have at this moment.

    `permissions` is already what is left of role ∩ scope ∩ consent. `consent_id` is set when a third party
    acts for a customer: it then sees and uses only the accounts named in that consent.
    """

    type: ActorType
    user_id: str | None = None
    client_id: str | None = None
    consent_id: str | None = None
    consent_kind: str = ""
    consented_at: float | None = None  # seconds since 1970: when the person last decided about the consent
    bound_to_consent: bool = False
    permissions: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
    auth_method: str = ""
    acr: str = ""
    auth_time: int | None = None
    session_id: str | None = None  # of whoever acts on a page: the sign-in that the page belongs to
    token_reference: str = ""
    key_thumbprint: str = ""
    break_glass: str = ""  # the emergency access in force while this was done; marks each event of its time

    @property
    def caller(self) -> str:
        """The stable name of who calls, for limits and idempotency: app and person."""
        return f"{self.client_id or '-'}:{self.user_id or '-'}"


ANONYMOUS = Actor(type="anonymous")


def system(name: str) -> Actor:
    """Return the actor for work the bank does by itself, such as a task or a command."""
    return Actor(type="system", client_id=f"system:{name}", auth_method="internal")
