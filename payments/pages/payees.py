"""A customer's payees: kept with what the bank found out about their names, paid, checked anew, removed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.account_numbers import grouped, read_iban
from bank.access.gate import page_for
from bank.access.permissions import PAYEES_MANAGE
from bank.access.rate_limits import check_keys, limit
from bank.errors import BankError
from bank.language import in_words
from oauth.actors import actor_for_session
from payments import queries
from payments.operations import payees as operations
from payments.pages.payee_name_field import PayeeNameField
from payments.queries.payee_checks import PayeeCheck

SHOWN = 100
FOUND = {
    "match": (gettext_lazy("The name is the holder’s"), "good"),
    "close_match": (gettext_lazy("Nearly the holder’s name"), "warn"),
    "no_match": (gettext_lazy("Not the holder’s name"), "bad"),
    "not_available": (gettext_lazy("Could not be checked"), ""),
}


class PayeeForm(forms.Form):
    """A name and an account number."""

    name = PayeeNameField(label=gettext_lazy("Name"))
    iban = forms.CharField(label=gettext_lazy("Account number (IBAN)"), max_length=42)

    def clean_iban(self) -> str:
        """Return a sound IBAN without its spaces; raises ValidationError."""
        try:
            return read_iban(self.cleaned_data["iban"])
        except ValueError as error:
            raise forms.ValidationError(_("This is no account number. Check each character.")) from error


@dataclass(frozen=True, slots=True)
class Card:
    """One payee in a customer's words."""

    id: str
    name: str
    iban: str
    number: str
    found: Any
    mark: str
    checked_at: datetime


@page_for(PAYEES_MANAGE)
@limit("pages")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def payees(request: HttpRequest) -> HttpResponse:
    """List one's own payees; a form keeps another, and says what its check found."""
    form = PayeeForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid() and _kept(request, form):
        return redirect("payees-page")
    found = queries.list_payees(owned_by=actor_for_session(request), limit=SHOWN)
    context = {"form": form, "payees": [_card(payee) for payee in found]}
    return render(request, "payments/payees.html", context, status=422 if form.is_bound else 200)


@page_for(PAYEES_MANAGE)
@limit("pages")
@require_POST
def change(request: HttpRequest, payee_id: str) -> HttpResponse:
    """Check a payee's name anew, or forget the payee; raises NotFound for somebody else's."""
    actor = actor_for_session(request)
    if request.POST.get("step") == "check":
        check_keys("payee_checks", request, user=actor.user_id)
        _tell(request, operations.check_payee_again(payee_id, by=actor)[1])
    elif request.POST.get("step") == "remove":
        operations.remove_payee(payee_id, by=actor)
        messages.success(request, _("Removed."))
    return redirect("payees-page")


def _kept(request: HttpRequest, form: PayeeForm) -> bool:
    """Keep the payee and tell what the check found; where it is kept already, say so in the form."""
    actor = actor_for_session(request)
    check_keys("payee_checks", request, user=actor.user_id)
    try:
        _tell(request, operations.add_payee(**form.cleaned_data, by=actor)[1])
    except BankError as error:
        form.add_error(None, in_words(error))
        return False
    return True


def _tell(request: HttpRequest, found: PayeeCheck) -> None:
    said = str(FOUND[found.result][0])
    name = _(": “%(name)s”") % {"name": found.name} if found.name else ""
    messages.info(request, f"{said}{name}.")


def _card(payee: Any) -> Card:
    found, mark = FOUND[payee.check_result]
    return Card(payee.id, payee.name, payee.iban, grouped(payee.iban), found, mark, payee.checked_at)
