"""A second factor for exactly what an app asks to pay (PSD2 RTS, Article 5), between decision and consent.

The first answer of the page asks the question; the second brings the factor and the same choice. Nothing is
granted before. Another choice, or a page that changed, ends the request: the app hears `access_denied`.
"""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from oauth import consent_page
from oauth.actors import actor_for_session
from oauth.consent_page import Shown
from oauth.errors import ConfirmationChanged, ConfirmationOver, PageChanged
from oauth.models import PushedAuthorizationRequest
from oauth.operations import check_choice, end_request
from oauth.pages import confirming
from oauth.pages.confirming import Asked, Given, NotConfirmed
from oauth.protocol import redirect
from oauth.protocol.failures import AccessDenied


def confirm(
    request: HttpRequest, pushed: PushedAuthorizationRequest, shown: Shown, chosen: Sequence[str]
) -> HttpResponse | Given:
    """Return the factor given for exactly this, or the page that asks for it.

    Raises NothingChosen, ChoiceNotOffered, PageChanged before there is a question; ConfirmationOver when it
    has to be asked again; AccessDenied when the request is over.
    """
    if "confirmation" not in request.POST:
        _check(request, pushed, shown, chosen)
        return _ask(request, pushed, shown, chosen, confirming.ask(request, shown.to_confirm(chosen)))
    try:
        return confirming.check(request, shown.to_confirm(chosen))
    except NotConfirmed as problem:
        if problem.again:
            return _ask(request, pushed, shown, chosen, problem.again, problem)
        if isinstance(problem.__cause__, ConfirmationOver):
            raise problem.__cause__ from problem
        changed = isinstance(problem.__cause__, ConfirmationChanged)
        reason = "changed" if changed else "second_factor"
        end_request(pushed.id, reason=reason, by=actor_for_session(request))
        raise AccessDenied("The person did not confirm exactly what was shown.") from problem


def leading_back(response: HttpResponse, shown: Shown) -> HttpResponse:
    """Let the page's form lead back to the app.

    Chromium holds form-action against the redirect after the form, so these pages name the app too.
    """
    response._csp_update = {"form-action": [redirect.origin(shown.redirect_uri)]}  # type: ignore[attr-defined]
    return response


def _check(
    request: HttpRequest, pushed: PushedAuthorizationRequest, shown: Shown, chosen: Sequence[str]
) -> None:
    check_choice(shown, chosen)
    if (pushed.shown_to_id, pushed.shown_digest) != (actor_for_session(request).user_id, shown.digest):
        raise PageChanged()


def _ask(
    request: HttpRequest,
    pushed: PushedAuthorizationRequest,
    shown: Shown,
    chosen: Sequence[str],
    question: Asked,
    problem: object = None,
) -> HttpResponse:
    user: Any = request.user
    context = consent_page.context(shown, pushed, user, [problem] if problem else [])
    approve = shown.asked.approve if shown.asked else ""
    context |= {
        "question": question,
        "chosen": [choice for choice in shown.choices if choice.value in chosen],
        "carried": {"decision": "share", "accounts": chosen[0]},
        "action": request.get_full_path(),
        "code_words": approve,
        "passkey_words": _("%(approve)s, by passkey") % {"approve": approve},
    }
    return leading_back(
        render(request, "oauth/confirm_decision.html", context, status=422 if problem else 200), shown
    )
