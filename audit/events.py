"""What an event says: one canonical JSON object (RFC 8785) without personal data in clear.

Empty parts are left out. The time is not here: the database adds it (audit/leaves.py).
"""

import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from audit import canonical, commitments, tags
from audit.actor import Actor
from audit.kinds import Kind
from bank.observability.context import RequestContext

OUTCOMES = frozenset({"success", "denied", "error", "unknown"})
_CODE = re.compile(r"[A-Za-z0-9_.:/-]{0,80}", re.ASCII)
_NODE = socket.gethostname()


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened: who did what to which thing, from where."""

    event_id: UUID
    kind: Kind
    actor: Actor
    target: tuple[str, str]
    context: RequestContext
    build: str
    outcome: str = "success"
    reason: str = ""
    target_seq: int = 1
    previous_event: UUID | None = None
    changes: Mapping[str, Any] = field(default_factory=dict)
    personal: Mapping[str, str] = field(default_factory=dict)
    counted: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.outcome not in OUTCOMES:
            raise ValueError(f"an outcome is one of {', '.join(sorted(OUTCOMES))}")
        if not _CODE.fullmatch(self.reason):
            raise ValueError("a reason is a code such as insufficient_funds, never a sentence about somebody")
        if self.target_seq < 1 or (self.target_seq > 1 and not self.kind.is_change):
            raise ValueError(f"{self.kind.name} cannot be step {self.target_seq} of its target's life")

    @property
    def subject(self) -> str:
        """The login this is about, if any: who acted, or on whose behalf (pseudonymous)."""
        return self.actor.user_id or ""

    def committed_values(self) -> dict[str, str]:
        """Return what stands in the leaf as commitments only, by path."""
        values = {"where.ip": self.context.ip, "where.user_agent": self.context.user_agent}
        values |= {f"personal.{name}": value for name, value in self.personal.items()}
        for name, change in self.changes.items():
            before, after = change if isinstance(change, (tuple, list)) and len(change) == 2 else ("", change)
            values |= {
                f"change.{name}.before": committed_text(before),
                f"change.{name}.after": committed_text(after),
            }
        return {path: value for path, value in values.items() if value}

    def body(self, salt: bytes, values: Mapping[str, str] | None = None) -> bytes:
        """Return the event as the exact bytes that are kept; `values` are its committed ones, if known."""
        digests = commitments.commit_all(salt, self.event_id, values or self.committed_values())
        return self.written(digests)

    def written(self, digests: Mapping[str, str], *, tagged: dict[str, str] | None = None) -> bytes:
        """Return the event as the exact bytes that are kept, with these commitments; more tags, if any."""
        said = tags.of({"address": tags.network_of(self.context.ip), **self.counted}) | (tagged or {})
        return canonical.dumps(_without_empty(_parts(self, digests, said)))


def _parts(event: Event, digests: Mapping[str, str], said: Mapping[str, str]) -> dict[str, Any]:
    return {
        "v": 1,
        "event_id": str(event.event_id),
        "kind": event.kind.name,
        "outcome": event.outcome,
        "reason": event.reason,
        **_people(event.actor),
        "target": _target(event),
        "break_glass": event.actor.break_glass,
        "tags": said,
        "change": _named(digests, "change."),
        "personal": _named(digests, "personal."),
        "where": {
            "request_id": event.context.request_id,
            "trace_id": event.context.trace_id,
            "route": event.context.route,
            "node": _NODE,
            "build": event.build,
            **_named(digests, "where."),
        },
    }


def _people(actor: Actor) -> dict[str, Any]:
    """Say who acted, by which app and token, and for whom: an app acts for a customer."""
    is_app = actor.type == "app"
    on_behalf = {"user": actor.user_id, "consent": actor.consent_id, "scopes": sorted(actor.permissions)}
    return {
        "actor": {
            "type": actor.type,
            "id": actor.client_id if is_app else actor.user_id or actor.client_id,
            "auth_method": actor.auth_method,
            "acr": actor.acr,
            "roles": sorted(actor.roles),
        },
        "client": {
            "id": actor.client_id,
            "token": actor.token_reference,
            "key": actor.key_thumbprint,
            "consent": None if is_app else actor.consent_id,
        },
        "on_behalf_of": on_behalf if is_app else {},
    }


def _target(event: Event) -> dict[str, Any]:
    """Name the target and, when its life went on, which step this is and which event came before."""
    went_on = event.kind.is_change and event.outcome == "success"
    return {
        "type": event.target[0],
        "id": event.target[1],
        "entity_seq": event.target_seq if went_on else None,
        "previous_event": str(event.previous_event) if event.previous_event else None,
    }


def _named(digests: Mapping[str, str], prefix: str) -> dict[str, str]:
    return {path[len(prefix) :]: digest for path, digest in digests.items() if path.startswith(prefix)}


def committed_text(value: Any) -> str:
    """Return a value as the text that is committed to; nothing has none."""
    if value is None or value == "":
        return ""
    if type(value) is int:
        return str(value)  # minor units can be larger than the integers RFC 8785 writes
    return value if isinstance(value, str) else canonical.dumps(value).decode()


def _without_empty(value: dict[str, Any]) -> dict[str, Any]:
    cleaned = {key: _without_empty(item) if isinstance(item, dict) else item for key, item in value.items()}
    return {key: item for key, item in cleaned.items() if item not in (None, "", {}, [])}
