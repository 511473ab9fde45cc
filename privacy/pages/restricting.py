"""Limits on the use of one's data: set on a ground, lifted with a fresh second factor."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from bank.access.gate import page_for
from bank.access.permissions import ME_WRITE
from bank.access.rate_limits import limit
from bank.errors import Conflict
from bank.language import in_words, say_date
from oauth.actors import actor_for_session
from oauth.pages import confirming
from privacy import operations
from privacy.pages import confirmed, words


@page_for(ME_WRITE)
@limit("pages")
@require_POST
def restrict(request: HttpRequest) -> HttpResponse:
    """Restrict the use of one's data; it closes, and hands nothing out, so no second factor is asked for."""
    ground = request.POST.get("ground", "")
    try:
        if ground in operations.GROUNDS:
            operations.restrict(ground, by=actor_for_session(request))
        else:
            messages.error(request, _("Please choose why."))
    except Conflict as error:
        messages.error(request, in_words(error))
    return redirect("own-data")


@page_for(ME_WRITE)
@limit("pages")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def lift(request: HttpRequest) -> HttpResponse:
    """Ask for a second factor, and let one's data be used again."""
    user: Any = request.user
    if user.restricted_at is None:
        return redirect("own-data")

    def act(given: confirming.Given) -> HttpResponse:
        by = actor_for_session(request)
        operations.lift_confirmed_restriction(confirmation_id=given.id, digest=given.digest, by=by)
        messages.success(request, _("Your data may be used again."))
        return redirect("own-data")

    try:
        return confirmed.ask_or_act(request, _to_lift(user), act=act)
    except Conflict as error:
        messages.error(request, in_words(error))
    return redirect("own-data")


def _to_lift(user: Any) -> confirmed.Question:
    """Return the question about this one restriction: another, set meanwhile, is another question."""
    return confirmed.Question(
        facts={"what": "lift a restriction", "user": str(user.id), "since": user.restricted_at.isoformat()},
        title=_("Let your data be used again?"),
        says=_("Your apps may use it again, the bank’s staff may look at it, and what is due is deleted."),
        shown=[
            (_("Restricted since"), say_date(user.restricted_at, "j F Y, H:i")),
            (_("Why"), words.GROUNDS[user.restriction_ground]),
        ],
        code_words=_("Let it be used again"),
        passkey_words=_("Let it be used again, with my passkey"),
    )
