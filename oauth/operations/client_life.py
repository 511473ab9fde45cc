"""The life of an app: sandbox, in review, live, suspended. Two people stand behind every live app.

The review is an approval like any other (docs/decisions/0029): asked for by whoever answers for the app,
decided by somebody else. What carries it out is registered in oauth/approvable.py.
"""

from django.db import transaction

from approvals import operations as four_eyes
from approvals.errors import OwnRequest
from approvals.models import Approval
from audit.actor import Actor
from audit.operations import record
from oauth.errors import ClientInOtherState, ClientNotFound
from oauth.models import Client

Status = Client.Status
GOING_LIVE = "client.live"
NOT_IN_TIME = "Nobody at the bank decided in time. Ask again."
NO_REASON = "The bank gave no reason. Ask it before you ask for review again."


def submit_client(client_id: str, *, by: Actor) -> Client:
    """Ask for an app to go live, by its developer or by staff.

    Raises ClientNotFound, ClientInOtherState, AskerUnknown.
    """
    with transaction.atomic():
        client = lock_client(client_id, Status.SANDBOX)
        client.review_note = ""
        _move(client, Status.IN_REVIEW, "client.submitted", by)
        reason = "The app asks to go live."
        four_eyes.request_approval(GOING_LIVE, client_id, payload={}, reason=reason, by=by)
    return client


def withdraw_client(client_id: str, *, by: Actor) -> Client:
    """Take an app out of its review; raises ClientNotFound, ClientInOtherState."""
    with transaction.atomic():
        client = lock_client(client_id, Status.IN_REVIEW)
        four_eyes.withdraw_request(GOING_LIVE, client_id, by=by)
        return _move(client, Status.SANDBOX, "client.withdrawn", by)


def approve_client(client_id: str, *, by: Actor) -> Client:
    """Approve what waits for this app, by somebody else than who asked.

    Raises ClientInOtherState when nothing waits, and what `approve` raises.
    """
    waits = _pending(client_id)
    four_eyes.approve(waits.id, digest=waits.payload_digest, by=by)
    return Client.objects.get(client_id=client_id)


def refuse_client(client_id: str, *, note: str, by: Actor) -> Client:
    """Send an app back to the sandbox with a note for its developer; raises as `approve_client`."""
    waits = _pending(client_id)
    four_eyes.reject(waits.id, digest=waits.payload_digest, note=note, by=by)
    return Client.objects.get(client_id=client_id)


def go_live(client_id: str, *, by: Actor) -> Client:
    """Let an app live, in the transaction of its approval.

    Raises ClientNotFound, ClientInOtherState, OwnRequest for its developer.
    """
    client = lock_client(client_id, Status.IN_REVIEW)
    _check_not_developer(client, by)
    return _move(client, Status.LIVE, "client.approved", by)


def send_back(client_id: str, *, note: str, decided: bool, by: Actor) -> None:
    """Send an app back to the sandbox: somebody rejected it (`decided`), or nobody decided in time.

    Raises ClientNotFound, ClientInOtherState, OwnRequest for its developer who rejects.
    """
    client = lock_client(client_id, Status.IN_REVIEW)
    if decided:
        _check_not_developer(client, by)
    client.review_note = (note or NO_REASON) if decided else NOT_IN_TIME
    _move(client, Status.SANDBOX, "client.sent_back", by)


def suspend_client(client_id: str, *, by: Actor) -> Client:
    """Stop an app at once: no token of it works from here on; raises ClientNotFound, ClientInOtherState."""
    with transaction.atomic():
        client = lock_client(client_id, Status.SANDBOX, Status.IN_REVIEW, Status.LIVE)
        four_eyes.withdraw_request(GOING_LIVE, client_id, by=by)
        client.is_active = False
        return _move(client, Status.SUSPENDED, "client.disabled", by)


def reinstate_client(client_id: str, *, by: Actor) -> Client:
    """Let a suspended app back into the sandbox: to be live again it is looked at again; raises as above."""
    with transaction.atomic():
        client = lock_client(client_id, Status.SUSPENDED)
        client.is_active = True
        return _move(client, Status.SANDBOX, "client.reinstated", by)


def lock_client(client_id: str, *states: str) -> Client:
    """Return an app in one of these states, locked; raises ClientNotFound, ClientInOtherState."""
    client = Client.objects.select_for_update(of=("self",)).filter(client_id=client_id).first()
    if client is None:
        raise ClientNotFound()
    if client.status not in states or not client.is_confidential:
        raise ClientInOtherState()
    return client


def latest_request(client_id: str) -> Approval | None:
    """Return the latest request that an app goes live, whatever became of it."""
    return Approval.objects.filter(operation=GOING_LIVE, target_id=client_id).order_by("-id").first()


def _pending(client_id: str) -> Approval:
    latest = latest_request(client_id)
    if latest is None or latest.status != Approval.Status.PENDING:
        raise ClientInOtherState()
    return latest


def _check_not_developer(client: Client, by: Actor) -> None:
    """Raise OwnRequest for an app's developer, whoever asked; the database refuses the same once more."""
    if by.user_id == client.user_id:
        raise OwnRequest()


def _move(client: Client, status: str, kind: str, by: Actor) -> Client:
    before, client.status = client.status, status
    client.save()
    record(kind, by=by, target=("client", client.client_id), changes={"status": (before, status)})
    return client
