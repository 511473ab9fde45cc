"""From sealed events of the bank to what each app is told: pure once the rows they speak of are known.

An app is told what a consent in force lets it see, and no more than it could read: ids, states, amounts.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from accounts import queries as accounts
from accounts.money import as_decimals
from audit.following import SealedEvent
from bank import clock
from bank.public_ids import decode, made_at
from events.kinds import ENDPOINT_TESTED, EVENT_TYPES, TRANSACTION_BOOKED, EventType
from events.models import WebhookEndpoint
from oauth import queries as oauth
from payments import queries as payments


@dataclass(frozen=True, slots=True)
class Told:
    """One thing for one app."""

    client_id: int
    type: str
    about: str
    data: dict[str, Any]
    audit_event_id: UUID
    occurred_at: datetime
    consent_id: str | None = None


@dataclass(slots=True)
class Known:
    """The rows a batch of sealed events speaks of, each kind read at once."""

    now: datetime
    targets: dict[str, Mapping[str, Any]]
    entries: dict[UUID, list[Any]] = field(default_factory=dict)
    sharing: dict[str, list[str]] = field(default_factory=dict)  # account → consents
    consents: Mapping[str, Any] = field(default_factory=dict)


def derive(batch: Sequence[SealedEvent]) -> list[Told]:
    """Return what the apps are told of these events, in their order."""
    known = _known(batch)
    return [told for event in batch for told in _of_one(event, known)]


def _of_one(event: SealedEvent, known: Known) -> Iterator[Told]:
    yield from _booked(event, known)
    type_ = EVENT_TYPES.get(event.kind)
    row = known.targets.get(_target_type(event), {}).get(event.target_id)
    if type_ is not None and row is not None:
        yield from _TELL[_target_type(event)](event, type_, row, known)


def _booked(event: SealedEvent, known: Known) -> Iterator[Told]:
    """Tell of each entry an event booked, whatever the event was."""
    for entry in known.entries.get(event.event_id, []):
        data = {
            "account": entry.account_id,
            "transaction": entry.id,
            "direction": entry.direction,
            "amount": _money(entry.amount, entry.currency),
        }
        yield from _of_account(
            event, EVENT_TYPES[TRANSACTION_BOOKED], entry.account_id, entry.id, data, known
        )


def _of_payment(event: SealedEvent, type_: EventType, payment: Any, known: Known) -> Iterator[Told]:
    """Tell who made the payment; of one that gives back, who made the payment given back."""
    made = payment.original or payment
    data = {
        "payment": payment.id,
        "status": payment.status,
        "amount": _money(payment.amount, payment.currency),
        **({"reason_code": payment.reason_code} if payment.reason_code else {}),
        **({"original": made.id} if payment.original else {}),
    }
    yield from _under(made.consent_id, event, type_, payment.id, data, known)


def _of_hold(event: SealedEvent, type_: EventType, hold: Any, known: Known) -> Iterator[Told]:
    data = {
        "account": hold.account_id,
        "transaction": hold.id,
        "status": type_.name.partition(".")[2],
        "amount": _money(hold.amount, hold.currency),
    }
    yield from _of_account(event, type_, hold.account_id, hold.id, data, known)


def _of_statement(event: SealedEvent, type_: EventType, statement: Any, known: Known) -> Iterator[Told]:
    data = {"account": statement.account_id, "statement": statement.id}
    yield from _of_account(event, type_, statement.account_id, statement.id, data, known)


def _of_status(event: SealedEvent, type_: EventType, account: Any, known: Known) -> Iterator[Told]:
    data = {"account": account.id, "status": account.status}
    yield from _of_account(event, type_, account.id, account.id, data, known)


def _of_consent(event: SealedEvent, type_: EventType, consent: Any, known: Known) -> Iterator[Told]:
    """Tell the app the consent is for, also that it ended."""
    if not consent.client.first_party and consent.client.is_active:
        data = {"consent": consent.id, "status": consent.present_status(known.now)}
        yield _told(event, type_, consent.client_id, consent.id, data, consent.id)


def _of_endpoint(event: SealedEvent, type_: EventType, endpoint: Any, known: Known) -> Iterator[Told]:
    """Tell how an endpoint is doing; that it was to ring once was told when that was asked for."""
    if type_.name != ENDPOINT_TESTED:
        data = {"webhook_endpoint": endpoint.id, "reason": endpoint.disabled_reason}
        yield _told(event, type_, endpoint.client_id, endpoint.id, data, None)


_TELL = {
    "payment": _of_payment,
    "hold": _of_hold,
    "statement": _of_statement,
    "account": _of_status,
    "consent": _of_consent,
    "webhook_endpoint": _of_endpoint,
}


def _of_account(
    event: SealedEvent, type_: EventType, account_id: str, about: str, data: dict[str, Any], known: Known
) -> Iterator[Told]:
    """Tell each app once that an account is shared with, under whichever consent lets it see this."""
    seen: set[int] = set()
    for consent_id in known.sharing.get(account_id, []):
        for told in _under(consent_id, event, type_, about, data, known):
            if told.client_id not in seen:
                seen.add(told.client_id)
                yield told


def _under(
    consent_id: str | None,
    event: SealedEvent,
    type_: EventType,
    about: str,
    data: dict[str, Any],
    known: Known,
) -> Iterator[Told]:
    """Tell the app of a consent, if the consent covered this when it happened and is still in force."""
    consent = known.consents.get(consent_id or "")
    if consent is None or consent.client.first_party or not consent.client.is_active:
        return
    # An id says when it was made in the log's own time; what a consent is dated by is the bank's clock.
    # It says so to the millisecond, and what happened in the same one may have come before: it is not told.
    given = made_at("con", consent.id) + timedelta(milliseconds=1)
    covers = type_.permission in consent.permissions and given <= event.recorded_at
    if covers and consent.opens(known.now):
        yield _told(event, type_, consent.client_id, about, {**data, "consent": consent.id}, consent.id)


def _told(
    event: SealedEvent,
    type_: EventType,
    client_id: int,
    about: str,
    data: dict[str, Any],
    consent: str | None,
) -> Told:
    return Told(client_id, type_.name, about, data, event.event_id, event.recorded_at, consent)


def _known(batch: Sequence[SealedEvent]) -> Known:
    """Read what the batch speaks of: one query for each kind of thing, none where nothing of it is there."""
    named: dict[str, set[str]] = {}
    for event in batch:
        if event.kind in EVENT_TYPES and _is_an_id(event):
            named.setdefault(_target_type(event), set()).add(event.target_id)
    known = Known(clock.now(), {kind: _READ[kind](ids) for kind, ids in named.items()})
    for entry in accounts.list_entries_of([event.event_id for event in batch]):
        known.entries.setdefault(entry.posting.audit_event_id, []).append(entry)
    for account_id, consent_id in accounts.list_sharing(_accounts_in(known)):
        known.sharing.setdefault(account_id, []).append(consent_id)
    known.consents = oauth.consents_by_id(_consents_in(known))
    return known


_READ: dict[str, Callable[[Collection[str]], Mapping[str, Any]]] = {
    "payment": payments.payments_by_id,
    "hold": lambda ids: accounts.list_told_of("hold", ids),
    "statement": lambda ids: accounts.list_told_of("statement", ids),
    "account": lambda ids: accounts.list_told_of("account", ids),
    "consent": oauth.consents_by_id,
    "webhook_endpoint": WebhookEndpoint.objects.in_bulk,
}


_PREFIXES = {
    "payment": "pay",
    "hold": "txn",
    "statement": "stm",
    "account": "acc",
    "consent": "con",
    "webhook_endpoint": "whe",
}


def _is_an_id(event: SealedEvent) -> bool:
    """Return whether an event names its target as it should; one that does not must not stop the others."""
    try:
        decode(_PREFIXES[_target_type(event)], event.target_id)
    except (KeyError, ValueError):
        return False
    return True


def _accounts_in(known: Known) -> set[str]:
    """Return the accounts the batch touches; every query that follows asks for them at once."""
    of_entries = {entry.account_id for entries in known.entries.values() for entry in entries}
    rows = [row for kind in ("hold", "statement") for row in known.targets.get(kind, {}).values()]
    return of_entries | {row.account_id for row in rows} | set(known.targets.get("account", {}))


def _consents_in(known: Known) -> set[str]:
    shared = {consent_id for consents in known.sharing.values() for consent_id in consents}
    made = [payment.original or payment for payment in known.targets.get("payment", {}).values()]
    return shared | {payment.consent_id for payment in made if payment.consent_id}


def _target_type(event: SealedEvent) -> str:
    return event.target.partition(":")[0]


def _money(minor: int, currency: str) -> dict[str, str]:
    return {"amount": as_decimals(minor, currency), "currency": currency}
