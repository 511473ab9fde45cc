"""A copy of one's data: asked for, and taken away, each with a fresh second factor."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.queries import get_customer
from bank.access.gate import page_for
from bank.access.permissions import ME_EXPORT
from bank.access.rate_limits import check_keys, limit
from bank.language import say_date
from oauth.actors import actor_for_session
from oauth.pages import confirming
from privacy import operations, queries
from privacy.models import DataExport
from privacy.pages import confirmed


@page_for(ME_EXPORT)
@limit("pages")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def ask_for_export(request: HttpRequest) -> HttpResponse:
    """Ask for a second factor, then for a copy."""
    by = actor_for_session(request)

    _count(request)

    def act(given: confirming.Given) -> HttpResponse:
        operations.request_confirmed_export(confirmation_id=given.id, digest=given.digest, by=by)
        messages.success(request, _("Your copy is being made. It is here within minutes, for seven days."))
        return redirect("own-data")

    return confirmed.ask_or_act(request, _to_make(get_customer(owned_by=by).id), act=act)


@page_for(ME_EXPORT)
@limit("pages")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def download(request: HttpRequest, export_id: str) -> HttpResponse:
    """Ask for a second factor, and hand out the copy; raises ExportNotFound, ExportNotReady."""
    by = actor_for_session(request)
    export = queries.get_export(export_id, owned_by=by)
    document = queries.document_of(export)
    _count(request)

    def act(given: confirming.Given) -> HttpResponse:
        operations.note_confirmed_read(export, confirmation_id=given.id, digest=given.digest, by=by)
        answer = HttpResponse(document, content_type="application/json")
        answer["Content-Disposition"] = f'attachment; filename="{export.id}.json"'
        return answer

    return confirmed.ask_or_act(request, _to_download(export), act=act)


def _count(request: HttpRequest) -> None:
    """Count an answer as the API counts its calls; raises RateLimited, LimitsUnavailable."""
    if request.method == "POST":
        check_keys("own_data", request, user=str(request.user.pk))


def _to_make(customer_id: str) -> confirmed.Question:
    return confirmed.Question(
        facts={"what": "make a copy", "customer": customer_id},
        title=_("Make a copy of your data?"),
        says=_("It will hold all that the bank knows of you. To take it away you confirm once more."),
        code_words=_("Make a copy"),
        passkey_words=_("Make a copy, with my passkey"),
    )


def _to_download(export: DataExport) -> confirmed.Question:
    return confirmed.Question(
        facts={"what": "download a copy", "export": export.id},
        title=_("Download your copy?"),
        says=_("It holds all that the bank knows of you. Keep the file where nobody else reads it."),
        shown=[(_("Asked for"), say_date(export.requested_at, "j F Y, H:i"))],
        code_words=_("Download it"),
        passkey_words=_("Download it, with my passkey"),
    )
