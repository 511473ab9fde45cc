"""A customer's standing orders: to look at, to place, to pause, to cancel."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.account_numbers import grouped
from accounts.errors import AccountClosed
from accounts.money import Money
from accounts.rules import masked
from accounts.words import said
from bank.access.gate import page_for
from bank.access.permissions import STANDING_ORDERS_MANAGE
from bank.access.rate_limits import limit
from bank.errors import Conflict, Forbidden, Refused
from bank.language import in_words
from oauth.actors import actor_for_session
from oauth.pages import confirming
from payments import operations, queries
from payments.pages import confirmed
from payments.pages.standing_order_form import StandingOrderForm
from payments.pages.standing_order_words import STATES, STEPS, how_often

CAN_DO: dict[str, Callable[..., Any]] = {
    "pause": operations.pause_standing_order,
    "resume": operations.resume_standing_order,
    "cancel": operations.cancel_standing_order,
}
OFFERED = {"ACTV": ("pause", "cancel"), "SUSP": ("resume", "cancel")}
SHOWN = 50


@dataclass(frozen=True, slots=True)
class Card:
    """One standing order in a customer's words."""

    id: str
    amount: str
    payee: str
    reference: str
    how_often: Any
    next_on: date | None
    state: Any
    mark: str
    steps: tuple[tuple[str, Any], ...]


@page_for(STANDING_ORDERS_MANAGE)
@limit("pages")
@require_safe
def standing_orders(request: HttpRequest) -> HttpResponse:
    """List one's own standing orders, the newest first."""
    found = queries.list_standing_orders(owned_by=actor_for_session(request), limit=SHOWN)
    return render(request, "payments/standing_orders.html", {"orders": [_card(order) for order in found]})


@page_for(STANDING_ORDERS_MANAGE)
@limit("pages")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def place(request: HttpRequest) -> HttpResponse:
    """Ask what to pay to whom and when, then show the first days and ask for a second factor."""
    by = actor_for_session(request)
    form = StandingOrderForm(request.POST if request.method == "POST" else None, owned_by=by)
    if form.is_bound and form.is_valid() and form.is_possible(by=by):
        return _show(request, form, confirming.ask(request, form.facts()))
    return _form(request, form)


@page_for(STANDING_ORDERS_MANAGE)
@limit("pages")
@never_cache
@require_POST
def confirm(request: HttpRequest) -> HttpResponse:
    """Take the second factor for exactly what was shown, and keep the order; both or neither."""
    by = actor_for_session(request)
    form = StandingOrderForm(request.POST, owned_by=by)
    if not (form.is_valid() and form.is_possible(by=by)):
        return _form(request, form)

    def act(given: confirming.Given) -> HttpResponse:
        operations.place_confirmed_standing_order(
            form.wanted(), confirmation_id=given.id, digest=given.digest, by=by
        )
        messages.success(request, _("The standing order is placed."))
        return redirect("standing-orders-page")

    return confirmed.answer(request, form, act=act, show=_show, back="place-standing-order")


@page_for(STANDING_ORDERS_MANAGE)
@limit("pages")
@require_POST
def change(request: HttpRequest, order_id: str) -> HttpResponse:
    """Take one step with one's own order; raises NotFound for somebody else's."""
    step = CAN_DO.get(request.POST.get("step", ""))
    if step is not None:
        try:
            step(order_id, by=actor_for_session(request))
        except AccountClosed:
            messages.error(request, _("The account this order pays is closed: you can only cancel it."))
        except (Conflict, Forbidden, Refused) as error:
            messages.error(request, in_words(error))
        else:
            messages.success(request, _("Done."))
    return redirect("standing-orders-page")


def _form(request: HttpRequest, form: StandingOrderForm) -> HttpResponse:
    status = 422 if form.is_bound else 200
    return render(request, "payments/place_standing_order.html", {"form": form}, status=status)


def _show(
    request: HttpRequest, form: StandingOrderForm, asked: confirming.Asked, problem: object = None
) -> HttpResponse:
    amount = said(form.wanted().order.amount)
    context: dict[str, Any] = {
        "shown": form.shown(),
        "amount": amount,
        "asked": asked,
        "carried": form.carried(),
        "errors": [problem] if problem else [],
        "passkey_words": _("Place it with your passkey"),
        "code_words": _("Place this standing order"),
    }
    return render(request, "payments/confirm_standing_order.html", context, status=422 if problem else 200)


def _payee(order: Any) -> str:
    if outside := operations.creditor_of(order):
        return f"{outside.name} ({grouped(outside.iban)})"
    return _("Account %(number)s") % {"number": masked(order.creditor_account.last4)}


def _card(order: Any) -> Card:
    state, mark = STATES[order.status]
    return Card(
        id=order.id,
        amount=said(Money(order.amount, order.currency)),
        payee=_payee(order),
        reference=order.reference,
        how_often=how_often(order.frequency, order.interval),
        next_on=order.next_run_on if order.status == "ACTV" else None,
        state=state,
        mark=mark,
        steps=tuple((step, STEPS[step]) for step in OFFERED.get(order.status, ())),
    )
