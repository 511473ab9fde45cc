"""Sending money from the bank's own pages: what and to whom, then a second factor for exactly that."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.words import said
from audit.actor import Actor
from bank.access.gate import page_for
from bank.access.permissions import PAYMENTS_CREATE
from bank.access.rate_limits import limit
from bank.errors import BankError
from oauth.actors import actor_for_session
from oauth.errors import ConfirmationChanged, ConfirmationOver
from oauth.pages import confirming
from payments.operations import make_confirmed_payment, record_denial
from payments.pages import confirmed
from payments.pages.order_form import OrderForm
from payments.queries import get_payee
from payments.rules import PaymentOrder


@page_for(PAYMENTS_CREATE)
@limit("pages")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def send(request: HttpRequest) -> HttpResponse:
    """Ask what to pay, then show it and ask for a second factor."""
    actor = actor_for_session(request)
    form = OrderForm(request.POST if request.method == "POST" else None, owned_by=actor)
    if form.is_bound and form.is_valid():
        return _show(request, form, confirming.ask(request, form.facts()))
    if payee_id := request.GET.get("payee"):
        payee = get_payee(payee_id, owned_by=actor)
        form.initial = {"payee_name": payee.name, "payee_iban": payee.iban}
    return render(request, "payments/send.html", {"form": form}, status=422 if form.is_bound else 200)


@page_for(PAYMENTS_CREATE)
@limit("pages")
@never_cache
@require_POST
def confirm(request: HttpRequest) -> HttpResponse:
    """Take the second factor for exactly what was shown, and pay; both or neither."""
    by = actor_for_session(request)
    form = OrderForm(request.POST, owned_by=by)
    if not form.is_valid():
        return render(request, "payments/send.html", {"form": form}, status=422)

    def act(given: confirming.Given) -> HttpResponse:
        return pay(form.order(), given, by)

    return confirmed.answer(request, form, act=act, show=_show, back="send-money")


def pay(order: PaymentOrder, given: confirming.Given, by: Actor) -> HttpResponse:
    """Pay with a factor given, and lead to what became of it; raises as `make_confirmed_payment`."""
    try:
        payment = make_confirmed_payment(order, confirmation_id=given.id, digest=given.digest, by=by)
    except (ConfirmationOver, ConfirmationChanged):
        raise
    except BankError as denied:
        record_denial(order, denied, by=by)
        raise
    return redirect("payment-page", payment.id)


def _show(
    request: HttpRequest, form: OrderForm, asked: confirming.Asked, problem: object = None
) -> HttpResponse:
    amount = said(form.order().amount)
    context: dict[str, Any] = {
        "shown": form.shown(),
        "amount": amount,
        "asked": asked,
        "carried": form.carried(),
        "errors": [problem] if problem else [],
        "passkey_words": _("Pay %(amount)s with your passkey") % {"amount": amount},
        "code_words": _("Pay %(amount)s") % {"amount": amount},
    }
    return render(request, "payments/confirm.html", context, status=422 if problem else 200)
