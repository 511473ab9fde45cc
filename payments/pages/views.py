"""A customer's payments, and what became of one."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from accounts.account_numbers import grouped
from accounts.money import Money
from accounts.rules import masked
from accounts.words import said
from audit.actor import Actor
from bank.access.gate import SIGNED_IN, page_for
from bank.access.permissions import PAYMENTS_READ_ANY
from bank.access.rate_limits import limit
from bank.language import in_words
from oauth.actors import actor_for_session
from payments import queries
from payments.errors import REFUSALS
from payments.queries.terms import fee_taken

SHOWN = 50
# Status → words, and how it is marked (the words say it too: never by colour alone).
STATES = {
    "RCVD": (_("On its way"), "warn"),
    "ACSP": (_("On its way: the money is set aside"), "warn"),
    "PDNG": (_("Held for review: the money is set aside"), "warn"),
    "ACSC": (_("Paid: the money has left"), "good"),
    "CANC": (_("Cancelled: no money has moved"), ""),
    "ACCC": (_("Paid: the money has arrived"), "good"),
    "RJCT": (_("Not paid"), "bad"),
}

SHORT = {
    "RCVD": _("On its way"),
    "ACSP": _("On its way"),
    "PDNG": _("Held for review"),
    "ACSC": _("Paid"),
    "CANC": _("Cancelled"),
    "ACCC": _("Paid"),
    "RJCT": _("Not paid"),
}


@dataclass(frozen=True, slots=True)
class Result:
    """One payment in a customer's words."""

    id: str
    amount: str
    state: Any
    short: Any
    mark: str
    why_not: str
    payee: str
    reference: str
    fee: str
    credited: str
    asked_by: str
    asked_at: datetime


@page_for(SIGNED_IN)
@limit("pages")
@require_safe
def payments(request: HttpRequest) -> HttpResponse:
    """List the newest payments from one's own accounts."""
    found = queries.list_payments(owned_by=_as_customer(request), limit=SHOWN)
    return render(request, "payments/list.html", {"results": [_result(payment) for payment in found]})


@page_for(SIGNED_IN)
@limit("pages")
@require_safe
def payment(request: HttpRequest, payment_id: str) -> HttpResponse:
    """Show what became of one payment; raises NotFound for somebody else's."""
    found = queries.get_payment(payment_id, owned_by=_as_customer(request))
    return render(request, "payments/result.html", {"result": _result(found)})


def _as_customer(request: HttpRequest) -> Actor:
    actor = actor_for_session(request)
    return replace(actor, permissions=actor.permissions - {PAYMENTS_READ_ANY})


def _result(payment: Any) -> Result:
    state, mark = STATES[payment.status]
    refusal = REFUSALS.get(payment.refusal)
    return Result(
        id=payment.id,
        amount=said(Money(payment.amount, payment.currency)),
        state=state,
        short=SHORT[payment.status],
        mark=mark,
        why_not=in_words(refusal) if refusal else "",
        payee=_payee(payment),
        reference=payment.reference,
        fee=said(fee) if (fee := fee_taken(payment)) else "",
        credited=said(Money(payment.credited_amount, payment.credited_currency))
        if payment.fx_quote_id
        else "",
        asked_by=payment.consent.client.name if payment.consent else "",
        asked_at=payment.created_at,
    )


def _payee(payment: Any) -> str:
    if payment.creditor_iban:
        return f"{payment.creditor_name} ({grouped(payment.creditor_iban)})"
    account = payment.creditor_account
    if account is None:
        return gettext("An account we do not know")
    return gettext("Account %(number)s") % {"number": masked(account.last4)}
