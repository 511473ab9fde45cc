"""A form sent twice has one effect: its page carries a key, as a request to the API does.

<input type="hidden" name="form_key" value="{{ form_key }}">        made by new_key()

where_to = once(request, caller=by.caller, effect=lambda: reverse("thing", args=[make_thing(by=by).id]))
"""

import secrets
from collections.abc import Callable

from django.db import transaction
from django.http import HttpRequest

from bank.idempotency.decorator import VISIBLE_ASCII
from bank.idempotency.errors import IdempotencyKeyMalformed
from bank.idempotency.store import Answer, Slot, claim, fingerprint, store

FIELD = "form_key"


def new_key() -> str:
    """Return the key of a form that is shown."""
    return secrets.token_urlsafe(16)


def once(request: HttpRequest, *, caller: str, effect: Callable[[], str]) -> str:
    """Have the effect of a form and return where it leads; sent again, it leads to the same place.

    Raises IdempotencyKeyMalformed, IdempotencyKeyInFlight, IdempotencyKeyReused, and what `effect` raises:
    then nothing is done or kept.
    """
    key = request.POST.get(FIELD, "")
    if not VISIBLE_ASCII.fullmatch(key):
        raise IdempotencyKeyMalformed()
    slot, digest = Slot(caller, "POST", request.path, key), fingerprint(_content(request))
    with transaction.atomic():
        answer = claim(slot, digest)
        if answer is None:
            answer = Answer(303, "", b"", {"Location": effect()})
            store(slot, digest, answer)
    return answer.headers["Location"]


def _content(request: HttpRequest) -> dict[str, list[str]]:
    """Return the fields of a form; the token against forgery is another each time."""
    return {name: values for name, values in request.POST.lists() if name != "csrfmiddlewaretoken"}
