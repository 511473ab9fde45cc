"""A consent changed by its person: a sooner end, an account taken out; and its receipt."""

from datetime import date
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from bank import clock
from bank.access.gate import SIGNED_IN, page_for
from bank.access.rate_limits import limit
from bank.errors import BankError
from bank.language import in_words
from oauth import operations, queries
from oauth.actors import actor_for_session
from oauth.operations.accesses import keep_noted
from oauth.pages.connections import connection_of, looks_of
from oauth.receipts import Receipt, receipt_of


@page_for(SIGNED_IN)
@limit("pages")
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest, consent_id: str) -> HttpResponse:
    """Offer a sooner end and the accounts to take out; do what was pressed. Raises NotFound."""
    receipt = _own(request, consent_id)
    problems: list[str] = []
    if request.method == "POST":
        try:
            messages.success(request, _do(request, receipt))
            return redirect("connected-apps")
        except (BankError, ValueError) as error:
            problems = [_words(error)]
    context = {
        "connection": connection_of(receipt.consent, clock.now()),
        "included": [each for each in receipt.decisions if each.state == "included"],
        "latest": receipt.consent.expires_at.date(),
        "errors": problems,
    }
    return render(request, "oauth/change_sharing.html", context, status=422 if problems else 200)


@page_for(SIGNED_IN)
@limit("pages")
@require_safe
def receipt(request: HttpRequest, consent_id: str) -> HttpResponse:
    """Show what was shown and decided, with its digest. Raises NotFound for somebody else's."""
    found = _own(request, consent_id)
    shown: dict[str, Any] = found.shown or {}
    asked = shown.get("asked") or {}
    context = {
        "shown_in": shown.get("language") or (settings.LANGUAGE_CODE if shown else get_language()),
        "receipt": found,
        "connection": connection_of(found.consent, clock.now()),
        "asked": asked,
        "sentences": shown.get("sentences") or found.sentences,
    }
    return render(request, "oauth/receipt.html", context)


@page_for(SIGNED_IN)
@limit("pages")
@require_safe
def accesses(request: HttpRequest, consent_id: str) -> HttpResponse:
    """Show everything the app looked at in 24 months. Raises NotFound for somebody else's."""
    keep_noted()
    consent = _own(request, consent_id).consent
    context = {"connection": connection_of(consent, clock.now()), "looks": looks_of(consent)}
    return render(request, "oauth/accesses.html", context)


def _own(request: HttpRequest, consent_id: str) -> Receipt:
    consent = queries.get_consent(consent_id, owned_by=actor_for_session(request))
    if consent.user_id != request.user.pk:
        raise Http404
    return receipt_of(consent)


def _do(request: HttpRequest, receipt: Receipt) -> str:
    """Do what the form asks and return the words that say so; raises BankError, ValueError."""
    consent, by = receipt.consent, actor_for_session(request)
    names = {"app": consent.client.name}
    if "withdraw" in request.POST:
        operations.withdraw_from_consent(consent.id, request.POST["withdraw"], by=by)
        return _("%(app)s can no longer see this account.") % names
    ends = min(clock.ends(date.fromisoformat(request.POST.get("ends_on", ""))), consent.expires_at)
    operations.shorten_consent(consent.id, expires_at=ends, by=by)
    return _("%(app)s now loses access sooner.") % names


def _words(error: Exception) -> str:
    return in_words(error) if isinstance(error, BankError) else _("Write the day as 2026-12-31.")
