"""A customer's own data: a copy of it, who of the bank looked at it, limits on its use, and its end."""

from typing import Any

from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.queries import get_customer
from bank.access.gate import page_for
from bank.access.permissions import ME_ERASE, ME_EXPORT, ME_WRITE
from bank.access.rate_limits import check_keys, limit
from bank.errors import Conflict
from bank.language import in_words
from oauth.actors import actor_for_session
from oauth.errors import ConfirmationChanged, ConfirmationOver
from oauth.pages import confirming
from privacy import operations, queries
from privacy.errors import ErasureHindered
from privacy.pages import words


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


@page_for(ME_EXPORT)
@limit("pages")
@require_POST
def ask_for_export(request: HttpRequest) -> HttpResponse:
    """Ask for a copy."""
    check_keys("own_data", request, user=str(request.user.pk))
    operations.request_export(by=actor_for_session(request))
    messages.success(request, _("Your copy is being made. It is here within minutes, for seven days."))
    return redirect("own-data")


@page_for(ME_EXPORT)
@limit("pages")
@never_cache
@require_POST
def download(request: HttpRequest, export_id: str) -> HttpResponse:
    """Hand out a copy; raises ExportNotFound, ExportNotReady. A step that is recorded is no link."""
    by = actor_for_session(request)
    export = queries.get_export(export_id, owned_by=by)
    document = queries.document_of(export)
    operations.note_read(export, by=by)
    answer = HttpResponse(document, content_type="application/json")
    answer["Content-Disposition"] = f'attachment; filename="{export.id}.json"'
    return answer


@page_for(ME_WRITE)
@limit("pages")
@require_POST
def change_restriction(request: HttpRequest) -> HttpResponse:
    """Restrict the use of one's data on a ground, or lift that."""
    ground, by = request.POST.get("ground", ""), actor_for_session(request)
    try:
        if ground in operations.GROUNDS:
            operations.restrict(ground, by=by)
        else:
            operations.lift_restriction(by=by)
    except Conflict as error:
        messages.error(request, in_words(error))
    return redirect("own-data")


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
        "hindrances": [(error.pointer, _(error.detail)) for error in hindrances],
        "asked": getattr(problem, "again", None) or asked,
        "errors": [problem] if problem else [],
        "carried": {},
        "passkey_words": _("Erase me, with my passkey"),
        "code_words": _("Erase me"),
    }
    return render(request, "privacy/erase.html", context, status=422 if problem else 200)


def _erase(request: HttpRequest, customer_id: str) -> HttpResponse:
    by = actor_for_session(request)
    try:
        given = confirming.check(request, _facts(customer_id))
        done = operations.erase_confirmed(customer_id, confirmation_id=given.id, digest=given.digest, by=by)
    except confirming.NotConfirmed as problem:
        return _ask(request, customer_id, problem)
    except (ConfirmationOver, ConfirmationChanged) as error:
        return _ask(request, customer_id, confirming.NotConfirmed(confirming.WORDS[type(error)]))
    except ErasureHindered:
        operations.record_erasure_denied(customer_id, by=by)
        return _ask(request, customer_id)
    logout(request)
    return render(request, "privacy/erased.html", {"erasure": done, **done.answer})


def _facts(customer_id: str) -> dict[str, str]:
    return {"what": "erase", "customer": customer_id}
