"""Makes a view method idempotent (draft-ietf-httpapi-idempotency-key-header), in the effect's transaction."""

import re
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.db import transaction
from django.http import HttpResponse, HttpResponseBase

from bank.database.retries import run_again_when_lost
from bank.idempotency.errors import IdempotencyKeyMalformed, IdempotencyKeyMissing
from bank.idempotency.store import Answer, Slot, claim, fingerprint, store
from bank.observability import metrics
from bank.observability.context import current
from bank.observability.glass_box import acts

# No comma: two headers reach us as one with a comma between, and the next try may bring only one of them.
VISIBLE_ASCII = re.compile(r"[\x21-\x2b\x2d-\x7e]{1,64}", re.ASCII)
# What of an answer belongs to its effect and is said again; ids of the request and limits are new each time.
KEPT_HEADERS = ("Location", "ETag")

Method = Callable[..., HttpResponseBase]


def idempotent(method: Method) -> Method:
    """Give one effect to all requests with the same caller, path, key and body; the others get its answer."""

    @wraps(method)
    def once(view: Any, request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        slot, digest = slot_of(request), fingerprint(request.data)
        return run_again_when_lost(
            lambda: _answered_once(
                slot, digest, view, request, lambda: method(view, request, *args, **kwargs)
            )
        )

    once.needs_idempotency_key = True  # type: ignore[attr-defined]
    return once


@acts(9, "one transaction, one effect for one idempotency key")
def _answered_once(
    slot: Slot, digest: bytes, view: Any, request: Any, effect: Callable[[], HttpResponseBase]
) -> HttpResponseBase:
    """Replay the answer known for this slot, or have the effect and keep its answer: one transaction."""
    with transaction.atomic():
        answer = claim(slot, digest)
        if answer is not None:
            return replay(answer)
        response = effect()
        if response.status_code >= 500:
            transaction.set_rollback(True)
        else:
            store(slot, digest, answer_of(view, request, response))
    return response


def slot_of(request: Any) -> Slot:
    """Return where this request's answer is kept; raises IdempotencyKeyMissing or IdempotencyKeyMalformed."""
    key = request.META.get("HTTP_IDEMPOTENCY_KEY")
    if key is None:
        raise IdempotencyKeyMissing()
    if not VISIBLE_ASCII.fullmatch(key):
        raise IdempotencyKeyMalformed()
    return Slot(request.auth.caller, request.method, request.path, key)


def answer_of(view: Any, request: Any, response: Any) -> Answer:
    """Return the rendered answer as it will be repeated."""
    finished = view.finalize_response(request, response, *view.args, **view.kwargs)
    finished.render()
    headers = {name: finished.headers[name] for name in KEPT_HEADERS if name in finished.headers}
    if current().recorded_event_id:
        headers["Audit-Event-Id"] = current().recorded_event_id
    return Answer(finished.status_code, finished.headers["Content-Type"], finished.content, headers)


def replay(answer: Answer) -> HttpResponse:
    """Return the stored answer, marked as a repetition."""
    metrics.REPLAYS.inc()
    response = HttpResponse(answer.body, status=answer.status, content_type=answer.content_type)
    for name, value in answer.headers.items():
        response[name] = value
    response["Idempotency-Replayed"] = "true"
    return response
