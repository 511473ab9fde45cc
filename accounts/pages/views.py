"""A customer's accounts, and one account with its transactions."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from accounts import queries, rules
from accounts.account_numbers import grouped
from accounts.errors import CustomerNotFound
from accounts.money import Money
from accounts.pages import chart
from accounts.pages.search import SearchForm
from accounts.queries.months import monthly_totals
from accounts.words import booked_as, said
from audit.actor import Actor
from bank import clock
from bank.access.gate import SIGNED_IN, page_for
from bank.access.permissions import ACCOUNTS_READ_ANY
from bank.access.rate_limits import limit
from oauth.actors import actor_for_session

PAGE = 25
STATES = {
    "ENABLED": "",
    "PENDING": _("Not open yet"),
    "DEBIT_BLOCKED": _("No money can leave"),
    "CREDIT_BLOCKED": _("No money can arrive"),
    "FROZEN": _("Frozen"),
    "CLOSED": _("Closed"),
}


@dataclass(frozen=True, slots=True)
class AccountCard:
    """One account in a customer's words."""

    id: str
    name: str
    number: str
    state: Any
    booked: str
    available: str


@dataclass(frozen=True, slots=True)
class Line:
    """One transaction in a customer's words."""

    when: datetime
    what: str
    amount: str
    balance_after: str


@dataclass(frozen=True, slots=True)
class Pending:
    """Money set aside, in a customer's words."""

    when: datetime
    what: str
    amount: str
    until: datetime | None


@page_for(SIGNED_IN)
@limit("pages")
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """List one's own accounts."""
    me = as_customer(request)
    listed = queries.list_accounts(owned_by=me)
    spendable = queries.spendable(listed)
    accounts = [_card(account, spendable[account.id]) for account in listed]
    return render(request, "accounts/home.html", {"accounts": accounts, "name": _given_name(me)})


@page_for(SIGNED_IN)
@limit("pages")
@require_safe
def account(request: HttpRequest, account_id: str) -> HttpResponse:
    """Show one account: a year as a chart with its table, and the transactions, or those looked for."""
    me = as_customer(request)
    found = queries.get_account(account_id, owned_by=me)
    form = SearchForm(request.GET, currency=found.currency)
    is_wrong = form.is_bound and not form.is_valid()
    context = {
        "iban": grouped(found.iban or ""),
        "account": _card(found, queries.spendable([found])[found.id]),
        "form": form,
        **({} if is_wrong else _happened(found, me, form.filter(), _after(request))),
        **({} if form.is_bound else _year(found)),
    }
    return render(request, "accounts/account.html", context, status=422 if is_wrong else 200)


def as_customer(request: HttpRequest) -> Actor:
    """Return the visitor as the customer they are: what staff may see belongs in the admin."""
    actor = actor_for_session(request)
    return replace(actor, permissions=actor.permissions - {ACCOUNTS_READ_ANY})


def _happened(account: Any, me: Actor, asked: queries.TransactionFilter, after: int | None) -> dict[str, Any]:
    lines = queries.list_transactions(account, seen_by=me, asked=asked, after_seq=after, limit=PAGE + 1)
    return {
        "pending": [_pending(hold) for hold in queries.list_pending(account, asked=asked, limit=PAGE)],
        "lines": [_line(entry) for entry in lines[:PAGE]],
        "older": lines[PAGE - 1].seq if len(lines) > PAGE else None,
        "is_older": after is not None,
    }


def _given_name(me: Actor) -> str:
    try:
        return queries.get_customer(owned_by=me).given_name or ""
    except CustomerNotFound:
        return ""


def _card(account: Any, spendable: Money) -> AccountCard:
    return AccountCard(
        id=account.id,
        name=account.name,
        number=rules.masked(account.last4),
        state=STATES[account.status],
        booked=said(Money(account.booked, account.currency)),
        available=said(spendable),
    )


def _pending(hold: Any) -> Pending:
    return Pending(hold.placed_at, hold.reference, said(Money(-hold.amount, hold.currency)), hold.expires_at)


def _line(entry: Any) -> Line:
    minor = entry.amount if entry.direction == "CRDT" else -entry.amount
    return Line(
        when=entry.booked_at,
        what=booked_as(entry.kind, entry.description) or gettext(entry.kind_in_words),
        amount=said(Money(minor, entry.currency)),
        balance_after=said(Money(entry.balance_after, entry.currency)),
    )


def _year(account: Any) -> dict[str, Any]:
    totals = monthly_totals(account, since=_year_begins(clock.now()))
    rows = [
        (
            month.begins_at,
            said(Money(month.came_in, account.currency)),
            said(Money(month.went_out, account.currency)),
        )
        for month in totals
    ]
    return {"months": chart.months(totals), "month_rows": rows, "chart": chart}


def _year_begins(now: datetime) -> datetime:
    """Return the first moment of the month eleven months ago: with this one they are twelve."""
    first = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return first.replace(year=first.year - (first.month < 12), month=first.month % 12 + 1)


def _after(request: HttpRequest) -> int | None:
    text = request.GET.get("before", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
