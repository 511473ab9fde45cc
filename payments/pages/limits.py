"""The limits of an account's payments: seen, lowered at once, asked to be raised."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.money import Money
from accounts.words import said
from approvals.errors import ApprovalPending
from approvals.queries import is_waiting
from audit.actor import Actor
from bank.access.gate import page_for
from bank.access.permissions import ACCOUNTS_READ_ANY, LIMITS_MANAGE
from bank.access.rate_limits import limit
from bank.language import in_words
from bank.wire.form_fields import FreeTextField
from oauth.actors import actor_for_session, without
from payments.errors import NotAllowedToPay, RaiseNeedsApproval
from payments.operations.terms import ask_for_limits, lower_limits
from payments.pages.paying_form import read_amount
from payments.queries.terms import get_limits
from payments.rules.terms import Limits

AMOUNTS = ("per_payment", "per_day")


class LimitsForm(forms.Form):
    """The most in one payment and in one day."""

    per_payment = forms.CharField(label=gettext_lazy("Most in one payment"), max_length=20, required=False)
    per_day = forms.CharField(label=gettext_lazy("Most in one day"), max_length=20, required=False)
    reason = FreeTextField(
        label=gettext_lazy("Why, if you ask for more"),
        required=False,
        help_text=gettext_lazy("Who decides reads it."),
    )

    def __init__(self, data: Any, *, currency: str, limits: Limits) -> None:
        present = {name: getattr(limits, name) for name in AMOUNTS}
        super().__init__(
            data,
            initial={
                name: "" if minor is None else str(Money(minor, currency)) for name, minor in present.items()
            },
        )
        self.currency = currency
        for name in AMOUNTS:
            self.fields[name].widget.attrs.update(inputmode="decimal", autocomplete="off")
            self.fields[name].help_text = _("In %(currency)s. Empty is no limit.") % {"currency": currency}

    def clean_per_payment(self) -> Money | None:
        """Return the limit; raises ValidationError."""
        return self._money("per_payment")

    def clean_per_day(self) -> Money | None:
        """Return the limit; raises ValidationError."""
        return self._money("per_day")

    def asked(self) -> dict[str, Money | None]:
        """Return both limits of a valid form."""
        return {name: self.cleaned_data[name] for name in AMOUNTS}

    def _money(self, name: str) -> Money | None:
        text = self.cleaned_data[name]
        return read_amount(text, self.currency) if text else None


@page_for(LIMITS_MANAGE)
@limit("pages")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def limits(request: HttpRequest, account_id: str) -> HttpResponse:
    """Show the limits of one's own account and what is used of them; a form lowers them, or asks for more."""
    me = without(actor_for_session(request), ACCOUNTS_READ_ANY)
    currency, present = get_limits(account_id, owned_by=me)
    form = LimitsForm(request.POST if request.method == "POST" else None, currency=currency, limits=present)
    if form.is_bound and form.is_valid() and _changed(request, form, account_id, me):
        return redirect("limits-page", account_id)
    context = {
        "form": form,
        "account_id": account_id,
        "waits": is_waiting("account.limits", account_id),
        **_in_words(currency, present),
    }
    return render(request, "payments/limits.html", context, status=422 if form.is_bound else 200)


def _changed(request: HttpRequest, form: LimitsForm, account_id: str, me: Actor) -> bool:
    """Lower the limits or ask for more; where that cannot be, say why in the form."""
    try:
        if request.POST.get("step") == "ask":
            reason = form.cleaned_data["reason"] or "asked by the customer"
            ask_for_limits(account_id, **form.asked(), reason=reason, by=me)
            messages.success(request, _("The bank was asked. Until it decides, the limits stay as they are."))
        else:
            lower_limits(account_id, **form.asked(), by=me)
            messages.success(request, _("The limits are set."))
    except (NotAllowedToPay, RaiseNeedsApproval, ApprovalPending) as error:
        form.add_error(None, in_words(error))
        return False
    return True


def _in_words(currency: str, present: Limits) -> dict[str, str]:
    most = {name: getattr(present, name) for name in AMOUNTS}
    shown = {
        name: _("No limit") if minor is None else said(Money(minor, currency)) for name, minor in most.items()
    }
    if present.per_day is not None:
        shown["spent"] = said(Money(present.spent, currency))
        shown["left"] = said(Money(max(0, present.per_day - present.spent), currency))
    return shown
