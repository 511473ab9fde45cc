"""The life of an app: sandbox, in review, live, suspended. Two people stand behind every live app."""

from django.db import transaction
from django.utils import timezone

from audit.actor import Actor
from audit.operations import record
from oauth.errors import ClientInOtherState, ClientNotFound, DecidedByWhoAsked
from oauth.models import Client

Status = Client.Status
LONGEST_NOTE = 300


def submit_client(client_id: str, *, by: Actor) -> Client:
    """Ask for an app to go live, by its developer or by staff; raises ClientNotFound, ClientInOtherState."""
    with transaction.atomic():
        client = _locked(client_id, Status.SANDBOX)
        client.submitted_by_id, client.submitted_at = by.user_id, timezone.now()
        client.decided_by, client.decided_at, client.review_note = None, None, ""
        return _move(client, Status.IN_REVIEW, "client.submitted", by)


def approve_client(client_id: str, *, by: Actor) -> Client:
    """Let an app go live, by somebody else than who asked.

    Raises ClientNotFound, ClientInOtherState, DecidedByWhoAsked.
    """
    with transaction.atomic():
        client = _locked(client_id, Status.IN_REVIEW)
        _decide(client, by)
        return _move(client, Status.LIVE, "client.approved", by)


def refuse_client(client_id: str, *, note: str, by: Actor) -> Client:
    """Send an app back to the sandbox with a note for its developer; raises as `approve_client`."""
    with transaction.atomic():
        client = _locked(client_id, Status.IN_REVIEW)
        _decide(client, by)
        client.review_note = note[:LONGEST_NOTE]
        return _move(client, Status.SANDBOX, "client.sent_back", by)


def suspend_client(client_id: str, *, by: Actor) -> Client:
    """Stop an app at once: no token of it works from here on; raises ClientNotFound, ClientInOtherState."""
    with transaction.atomic():
        client = _locked(client_id, Status.SANDBOX, Status.IN_REVIEW, Status.LIVE)
        client.is_active = False
        return _move(client, Status.SUSPENDED, "client.disabled", by)


def reinstate_client(client_id: str, *, by: Actor) -> Client:
    """Let a suspended app back into the sandbox: to be live again it is looked at again; raises as above."""
    with transaction.atomic():
        client = _locked(client_id, Status.SUSPENDED)
        client.is_active = True
        return _move(client, Status.SANDBOX, "client.reinstated", by)


def _locked(client_id: str, *states: str) -> Client:
    client = Client.objects.select_for_update(of=("self",)).filter(client_id=client_id).first()
    if client is None:
        raise ClientNotFound()
    if client.status not in states or not client.is_confidential:
        raise ClientInOtherState()
    return client


def _decide(client: Client, by: Actor) -> None:
    """Note who decides; the database refuses the same, should somebody ask it directly."""
    if by.user_id is None or by.user_id in {client.submitted_by_id, client.user_id}:
        raise DecidedByWhoAsked()
    client.decided_by_id, client.decided_at = by.user_id, timezone.now()


def _move(client: Client, status: str, kind: str, by: Actor) -> Client:
    before, client.status = client.status, status
    client.save()
    record(kind, by=by, target=("client", client.client_id), changes={"status": (before, status)})
    return client
