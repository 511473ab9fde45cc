"""Exchange between one's own accounts: a quote is shown, and accepted once by a second factor."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from bank.access.gate import page_for
from bank.access.permissions import FX_QUOTE, PAYMENTS_CREATE
from bank.access.rate_limits import limit
from oauth.actors import actor_for_session
from oauth.pages import confirming
from payments.pages import confirmed
from payments.pages.exchange_form import ExchangeForm, QuoteForm
from payments.pages.send import pay


@page_for(FX_QUOTE)
@limit("pages")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def exchange(request: HttpRequest) -> HttpResponse:
    """Ask what to exchange, then show a quote and ask for a second factor."""
    by = actor_for_session(request)
    form = ExchangeForm(request.POST if request.method == "POST" else None, owned_by=by)
    if form.is_bound and form.is_valid() and (accepting := form.quoted(by=by)):
        quote = QuoteForm(accepting, owned_by=by)
        quote.full_clean()
        return _show(request, quote, confirming.ask(request, quote.facts()))
    return render(request, "payments/exchange.html", {"form": form}, status=422 if form.is_bound else 200)


@page_for(PAYMENTS_CREATE)
@limit("pages")
@never_cache
@require_POST
def accept(request: HttpRequest) -> HttpResponse:
    """Take the second factor for exactly this quote, and exchange; both or neither."""
    by = actor_for_session(request)
    form = QuoteForm(request.POST, owned_by=by)
    if not form.is_valid():
        return redirect("exchange-money")

    def act(given: confirming.Given) -> HttpResponse:
        return pay(form.order(), given, by)

    return confirmed.answer(request, form, act=act, show=_show, back="exchange-money")


def _show(
    request: HttpRequest, form: QuoteForm, asked: confirming.Asked, problem: object = None
) -> HttpResponse:
    shown = form.shown()
    context: dict[str, Any] = {
        "shown": shown,
        "asked": asked,
        "carried": form.carried(),
        "errors": [problem] if problem else [],
        "passkey_words": _("Exchange %(sell)s with your passkey") % shown,
        "code_words": _("Exchange %(sell)s") % shown,
    }
    return render(request, "payments/confirm_exchange.html", context, status=422 if problem else 200)
