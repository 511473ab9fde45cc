"""A customer's standing orders: to look at, to pause, to cancel."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.money import Money
from accounts.words import said
from bank.access.gate import SIGNED_IN, page_for
from bank.access.rate_limits import limit
from bank.errors import BankError
from oauth.actors import actor_for_session
from payments import queries
from payments.operations import standing_orders as operations

STATES = {
    "ACTV": ("Active", "good"),
    "SUSP": ("Paused", "warn"),
    "CANC": ("Cancelled", ""),
    "EXPI": ("Over", ""),
}
STEPS: dict[str, Callable[..., Any]] = {
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
    how_often: str
    next_on: date | None
    state: str
    mark: str
    steps: tuple[str, ...]


@page_for(SIGNED_IN)
@limit("pages")
@require_safe
def standing_orders(request: HttpRequest) -> HttpResponse:
    """List one's own standing orders, the newest first."""
    found = queries.list_standing_orders(owned_by=actor_for_session(request), limit=SHOWN)
    return render(request, "payments/standing_orders.html", {"orders": [_card(order) for order in found]})


@page_for(SIGNED_IN)
@limit("pages")
@require_POST
def change(request: HttpRequest, order_id: str) -> HttpResponse:
    """Take one step with one's own order; raises NotFound for somebody else's."""
    step = STEPS.get(request.POST.get("step", ""))
    if step is not None:
        try:
            step(order_id, by=actor_for_session(request))
        except BankError as error:
            messages.error(request, error.title())
        else:
            messages.success(request, _("Done."))
    return redirect("standing-orders-page")


def _card(order: Any) -> Card:
    state, mark = STATES[order.status]
    return Card(
        id=order.id,
        amount=said(Money(order.amount, order.currency)),
        payee=f"Account •••• {order.creditor_account.last4}",
        how_often=_how_often(order),
        next_on=order.next_run_on if order.status == "ACTV" else None,
        state=state,
        mark=mark,
        steps=OFFERED.get(order.status, ()),
    )


def _how_often(order: Any) -> str:
    if order.frequency == "once":
        return str(_("Once"))
    return str(_("Every %(count)d %(unit)s(s)")) % {"count": order.interval, "unit": order.frequency}
