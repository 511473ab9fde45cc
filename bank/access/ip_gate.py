"""IP lists: a denied network is refused everything; once one network is allowed to the admin, no other is.

Deny wins over allow. Rules live in PostgreSQL (bank.access.models.IpRule, kept in the admin); each process
reads them again after a few seconds: a new rule works everywhere within `FRESH_SECONDS` and costs nothing.
"""

import ipaddress
import logging
import time
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import DatabaseError
from django.db.models import Q
from django.db.models.functions import Now
from django.http import HttpRequest

from bank.access import signals
from bank.access.addresses import client_address
from bank.errors import Forbidden, Unavailable
from bank.observability.glass_box import acts

logger = logging.getLogger("bank.access.ip_gate")

FRESH_SECONDS = 2.0
ADMIN_PATH = "/admin/"
# Probes come from the machine itself and must not depend on the database.
UNGUARDED = ("/livez", "/readyz", "/static/")

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class AddressRefused(Forbidden):
    """This network address is not served."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule, as the gate needs it."""

    id: str
    effect: str
    scope: str
    network: Network


class _Rules:
    """The rules this process knows, and when it read them."""

    known: tuple[Rule, ...] | None = None
    read_at = float("-inf")


@acts(8, "address held against the IP lists")
def check(request: HttpRequest) -> None:
    """Let the request's address in or raise AddressRefused."""
    if request.path.startswith(UNGUARDED):
        return
    rules = present_rules()
    if not rules:
        return
    address = ipaddress.ip_address(client_address(request))
    reason = refusal(rules, address, admin=request.path.startswith(ADMIN_PATH))
    if reason:
        signals.ip_refused.send(sender=check, request=request, actor=None, rule=reason, reason=reason)
        raise AddressRefused()


def refusal(
    rules: Iterable[Rule], address: ipaddress.IPv4Address | ipaddress.IPv6Address, *, admin: bool
) -> str:
    """Return why the address is refused (a rule's id, or `not_allowed`); empty if it may enter."""
    matching = [rule for rule in rules if address in rule.network and (admin or rule.scope == "everything")]
    denied = next((rule.id for rule in matching if rule.effect == "deny"), "")
    if denied or not admin:
        return denied
    closed = any(rule.effect == "allow" for rule in rules)
    allowed = any(rule.effect == "allow" for rule in matching)
    return "not_allowed" if closed and not allowed else ""


def present_rules() -> tuple[Rule, ...]:
    """Return the rules in force, `FRESH_SECONDS` old at most; without a database, the last ones known."""
    now = time.monotonic()
    if _Rules.known is not None and now - _Rules.read_at < FRESH_SECONDS:
        return _Rules.known
    try:
        _Rules.known = rules_as_they_stand()
    except DatabaseError as error:
        if _Rules.known is None:
            raise Unavailable() from error
        logger.warning("IP rules cannot be read; the last known stay in force")
    _Rules.read_at = now
    return _Rules.known


def forget() -> None:
    """Read the rules anew at the next request of this process."""
    _Rules.read_at = float("-inf")


def rules_as_they_stand() -> tuple[Rule, ...]:
    """Return the rules in force as the database has them now."""
    from bank.access.models import IpRule

    in_force = IpRule.objects.filter(Q(expires_at__isnull=True) | Q(expires_at__gt=Now()))
    rows = in_force.values_list("id", "effect", "scope", "network")
    return tuple(Rule(*row) for row in rows)
