"""A customer's own data: copies of it, who of the bank looked at it, limits on its use, and its end."""

from typing import Any

from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.queries import get_customer
from bank.access.gate import page_for
from bank.access.permissions import ME_ERASE, ME_EXPORT
from bank.access.rate_limits import limit
from oauth.actors import actor_for_session
from oauth.pages import confirming
from privacy import operations, queries
from privacy.errors import ErasureHindered
from privacy.pages import confirmed, erased_words, words


@page_for(ME_EXPORT)
@limit("pages")
@never_cache
@require_safe
def own_data(request: HttpRequest) -> HttpResponse:
    """Show the copies asked for, who looked, and what else can be done."""
    by, user = actor_for_session(request), request.user
    customer = get_customer(owned_by=by)
    context: dict[str, Any] = {
        "exports": [words.export_in_words(export) for export in queries.list_exports(owned_by=by)],
        "looks": words.looks(queries.list_unmaskings(of=str(by.user_id)), queries.list_views(customer.id)),
        "restricted_at": user.restricted_at,  # type: ignore[union-attr]
        "grounds": words.GROUNDS,
    }
    return render(request, "privacy/own_data.html", context)


@page_for(ME_ERASE)
@limit("pages")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def erase(request: HttpRequest) -> HttpResponse:
    """Say what hinders or what would happen, ask for a second factor, and erase."""
    customer = get_customer(owned_by=actor_for_session(request))
    if request.method == "POST":
        return _erase(request, customer.id)
    return _ask(request, customer.id)


def _ask(request: HttpRequest, customer_id: str, problem: Any = None) -> HttpResponse:
    hindrances = operations.what_hinders(customer_id)
    asked = None if hindrances else confirming.ask(request, _facts(customer_id))
    context: dict[str, Any] = {
        "hindrances": erased_words.hindering(hindrances, by=actor_for_session(request)),
        "asked": getattr(problem, "again", None) or asked,
        "errors": [problem] if problem else [],
        "carried": {},
        "passkey_words": _("Erase me, with my passkey"),
        "code_words": _("Erase me"),
    }
    return render(request, "privacy/erase.html", context, status=422 if problem else 200)


def _erase(request: HttpRequest, customer_id: str) -> HttpResponse:
    by = actor_for_session(request)

    def act(given: confirming.Given) -> HttpResponse:
        done = operations.erase_confirmed(customer_id, confirmation_id=given.id, digest=given.digest, by=by)
        logout(request)
        context = {
            "erasure": done,
            "erased": erased_words.erased(done.answer["erased"]),
            "kept": erased_words.kept(done.answer["kept"]),
        }
        return render(request, "privacy/erased.html", context)

    def again(problem: confirming.NotConfirmed) -> HttpResponse:
        return _ask(request, customer_id, problem)

    try:
        return confirmed.answer(request, _facts(customer_id), act=act, again=again)
    except ErasureHindered:
        operations.record_erasure_denied(customer_id, by=by)
        return _ask(request, customer_id)


def _facts(customer_id: str) -> dict[str, str]:
    return {"what": "erase", "customer": customer_id}
