"""Opening an account for oneself."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts import operations
from accounts.errors import NotVerified, TooManyAccounts
from accounts.money import CURRENCIES
from audit.actor import Actor
from bank.access.gate import page_for
from bank.access.permissions import ACCOUNTS_OPEN
from bank.access.rate_limits import limit
from bank.idempotency import forms as idempotency
from bank.idempotency.errors import IdempotencyKeyInFlight
from bank.language import in_words
from bank.wire.form_fields import FreeTextField
from oauth.actors import actor_for_session

KINDS = (("current", gettext_lazy("For every day")), ("savings", gettext_lazy("For saving")))


class OpeningForm(forms.Form):
    """What the account is called, what it is for, and its currency."""

    name = FreeTextField(
        label=gettext_lazy("Name"), max_length=70, help_text=gettext_lazy("As you will see it: Holidays")
    )
    kind = forms.ChoiceField(label=gettext_lazy("What for"), choices=KINDS)
    currency = forms.ChoiceField(
        label=gettext_lazy("Currency"), choices=[(code, code) for code in sorted(CURRENCIES)], initial="GBP"
    )


@page_for(ACCOUNTS_OPEN)
@limit("pages")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def opening(request: HttpRequest) -> HttpResponse:
    """Ask for a name and a currency, and open the account; sent twice, the form opens one."""
    form = OpeningForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid() and (opened := _open(request, form)):
        return redirect(opened)
    context = {"form": form, "form_key": request.POST.get(idempotency.FIELD) or idempotency.new_key()}
    return render(request, "accounts/opening.html", context, status=422 if form.is_bound else 200)


def _open(request: HttpRequest, form: OpeningForm) -> str:
    """Open the account and return where its page is; where the bank says no, say so in the form."""
    by = actor_for_session(request)
    try:
        where = idempotency.once(request, caller=by.caller, effect=lambda: _opened(form.cleaned_data, by))
    except IdempotencyKeyInFlight:
        return reverse("account-home")
    except (NotVerified, TooManyAccounts) as error:
        form.add_error(None, in_words(error))
        return ""
    messages.success(request, _("The account is open."))
    return where


def _opened(told: dict[str, Any], by: Actor) -> str:
    return reverse("account-page", args=[operations.open_own_account(**told, by=by).id])
