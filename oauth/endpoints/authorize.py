"""The authorization endpoint (RFC 6749, 3.1; RFC 9126, 4): a person decides about a pushed request.

Only `client_id` and `request_uri` are read from the URL; everything else is what the app pushed. The
decision is bound on the server to the request, the person and the page shown. It uses the request up, the
look does not.
"""

from collections.abc import Sequence
from typing import Any, cast

from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from bank.access.gate import PUBLIC
from bank.access.rate_limits import check_keys, limit
from oauth import consent_page, sign_in
from oauth.actors import actor_for_session
from oauth.consent_page import Shown
from oauth.dot import facts as dot_facts
from oauth.dot import flows
from oauth.endpoints import authorize_errors as errors
from oauth.endpoints import dynamic_linking
from oauth.endpoints.asked import find_asked, must_sign_in_again
from oauth.endpoints.authorization_responses import success_uri
from oauth.endpoints.better_sign_in import way_to_better
from oauth.endpoints.dynamic_linking import leading_back
from oauth.errors import ChoiceNotOffered, ConfirmationOver, NothingChosen, PageChanged, RequestDecided
from oauth.models import PushedAuthorizationRequest
from oauth.operations import grant_consent, note_what_was_shown, refuse_consent
from oauth.operations.consent_life import check_renewal
from oauth.pages import confirming
from oauth.pages.confirming import Given
from oauth.protocol.authorization_request import prompts
from oauth.protocol.failures import AccessDenied, ConsentRequired, LoginRequired, OAuthFailure

CHANGED = _("What you would agree to has changed. Please look again and decide.")
WORDS = {
    NothingChosen: _("Choose at least one account to share, or choose Don’t share."),
    ChoiceNotOffered: _("One of the accounts cannot be shared. Please choose again."),
    PageChanged: CHANGED,
}
WORDS_FOR_ONE = {
    NothingChosen: _("Choose one account, or say no."),
    ChoiceNotOffered: _("Choose exactly one of the accounts offered."),
    PageChanged: CHANGED,
    ConfirmationOver: confirming.WORDS[ConfirmationOver],
}


@never_cache
@limit("authorize")
def authorize(request: HttpRequest) -> HttpResponse:
    """Show the consent page, or take the decision and send the person back to the app, 303."""
    if request.method not in {"GET", "POST"}:
        return errors.method_not_allowed(request)
    try:
        asked = find_asked(request)
    except errors.BankPage as page:
        return errors.bank_page(request, page)
    if isinstance(asked, str):
        return see_other(asked)
    try:
        return _for_a_person(request, asked)
    except OAuthFailure as failure:
        return see_other(errors.error_uri(asked, failure))
    except RequestDecided:
        return errors.bank_page(request, errors.BankPage(errors.DECIDED))


authorize.permission = PUBLIC  # type: ignore[attr-defined]


def _for_a_person(request: HttpRequest, pushed: PushedAuthorizationRequest) -> HttpResponse:
    if way := _way_to_sign_in(request, pushed):
        return way
    asked, user = prompts(pushed.parameters), cast(Any, request.user)
    check_keys("authorize", request, user=user.id)
    shown = consent_page.build(pushed, user)
    check_renewal(shown.renews, client_id=pushed.client_id, user_id=user.id)
    if pushed.client.first_party:
        return _grant(request, pushed, shown, shown.everything, unseen=True)
    if "none" in asked:
        raise ConsentRequired("A person has to agree.")
    if request.method == "POST":
        return _decide(request, pushed, shown)
    return _show(request, pushed, shown)


def _way_to_sign_in(request: HttpRequest, pushed: PushedAuthorizationRequest) -> HttpResponse | None:
    if request.user.is_authenticated and not must_sign_in_again(request, pushed):
        way = way_to_better(request, pushed)
        return see_other(way) if way else None
    if "none" in prompts(pushed.parameters):
        raise LoginRequired("Nobody is signed in, or not recently enough.")
    return _to_sign_in(request)


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        logout(request)
    return see_other(redirect_to_login(request.get_full_path()).url)


def _show(
    request: HttpRequest, pushed: PushedAuthorizationRequest, shown: Shown, problems: Sequence[object] = ()
) -> HttpResponse:
    note_what_was_shown(request_id=pushed.id, digest=shown.digest, by=actor_for_session(request))
    user: Any = request.user
    context = consent_page.context(shown, pushed, user, problems)
    context["chosen"] = request.POST.getlist("accounts")
    page = "oauth/approve.html" if shown.asked else "oauth/consent.html"
    return leading_back(render(request, page, context, status=422 if problems else 200), shown)


def _decide(request: HttpRequest, pushed: PushedAuthorizationRequest, shown: Shown) -> HttpResponse:
    decision = request.POST.get("decision")
    try:
        if decision == "refuse":
            refuse_consent(shown=shown, signed_in=sign_in.of_session(request), by=actor_for_session(request))
            raise AccessDenied("The person refused.")
        if decision == "share":
            return _share(request, pushed, shown, request.POST.getlist("accounts"))
    except (NothingChosen, ChoiceNotOffered, PageChanged, ConfirmationOver) as problem:
        words = WORDS_FOR_ONE if shown.asked else WORDS
        return _show(request, pushed, shown, [words[type(problem)]])
    return _show(request, pushed, shown, [CHANGED])


def _share(
    request: HttpRequest, pushed: PushedAuthorizationRequest, shown: Shown, chosen: Sequence[str]
) -> HttpResponse:
    if not shown.needs_second_factor:
        return _grant(request, pushed, shown, chosen)
    given = dynamic_linking.confirm(request, pushed, shown, chosen)
    if isinstance(given, HttpResponse):
        return given
    return _grant(request, pushed, shown, chosen, given=given)


def _grant(
    request: HttpRequest,
    pushed: PushedAuthorizationRequest,
    shown: Shown,
    chosen: Sequence[str],
    *,
    unseen: bool = False,
    given: Given | None = None,
) -> HttpResponse:
    by = actor_for_session(request)
    if unseen:
        note_what_was_shown(request_id=pushed.id, digest=shown.digest, by=by)
    facts, signed_in = dot_facts.of_request(request), sign_in.of_session(request)
    if given:
        signed_in = signed_in.confirmed(given.method, given.at)
    with transaction.atomic():
        consent = grant_consent(
            shown=shown,
            chosen=chosen,
            signed_in=signed_in,
            confirmation_id=given.id if given else "",
            by=by,
        )
        location = flows.issue_code(pushed, consent, facts)
    return see_other(success_uri(pushed.client, pushed.parameters, location))


def see_other(location: str) -> HttpResponse:
    """Return a 303 (FAPI 2.0, 5.3.2.2: never a 307, which would send the form on)."""
    response = HttpResponse(status=303)
    response["Location"] = location
    return response
