"""Where staff see one field of a customer in clear: what and why, then a fresh second factor."""

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.core.validators import RegexValidator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from bank.access.gate import page_for
from bank.access.permissions import CUSTOMERS_READ
from bank.access.rate_limits import check_keys, limit
from bank.errors import BankError
from oauth.actors import actor_for_session
from oauth.pages import confirming
from privacy import operations, queries
from privacy.models import Unmasking
from privacy.pages.words import FIELDS


class UnmaskingForm(forms.Form):
    """Which field, for what purpose, in which case."""

    field = forms.ChoiceField(label=gettext_lazy("Field"), choices=())
    purpose = forms.ChoiceField(label=gettext_lazy("Purpose"), choices=Unmasking.Purpose.choices)
    case_number = forms.CharField(
        label=gettext_lazy("Case number"),
        help_text=gettext_lazy("Such as CASE-4711"),
        max_length=17,
        validators=[RegexValidator(r"^[A-Z]{2,6}-[0-9]{1,10}\Z")],
    )

    def __init__(self, data: Any, *, rights: frozenset[str]) -> None:
        super().__init__(data)
        allowed = [(name, FIELDS[name]) for name, right in operations.RIGHT_FOR.items() if right in rights]
        field: Any = self.fields["field"]
        field.choices = allowed


@page_for(CUSTOMERS_READ)
@limit("pages")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest, customer_id: str) -> HttpResponse:
    """Ask what to see and why, then show that and ask for a second factor."""
    form = _form(request)
    queries.get_masked_customer(customer_id)
    if form.is_bound and form.is_valid():
        return _confirm(request, customer_id, form, confirming.ask(request, _facts(customer_id, form)))
    status = 422 if form.is_bound else 200
    return render(request, "privacy/unmask.html", {"form": form, "customer": customer_id}, status=status)


@page_for(CUSTOMERS_READ)
@limit("pages")
@never_cache
@require_POST
def show(request: HttpRequest, customer_id: str) -> HttpResponse:
    """Take the second factor for exactly this, and show the field, once on this page."""
    check_keys("unmask", request, user=str(request.user.pk))
    form, by = _form(request), actor_for_session(request)
    if not form.is_valid():
        return render(request, "privacy/unmask.html", {"form": form, "customer": customer_id}, status=422)
    try:
        given = confirming.check(request, _facts(customer_id, form))
        wanted = {"customer_id": customer_id, **form.cleaned_data}
        seen = operations.unmask_confirmed(wanted, confirmation_id=given.id, digest=given.digest, by=by)
    except confirming.NotConfirmed as problem:
        asked = problem.again or confirming.ask(request, _facts(customer_id, form))
        return _confirm(request, customer_id, form, asked, problem)
    except BankError as denied:
        operations.record_unmasking_denied(customer_id, denied, by=by)
        raise
    context = {"seen": seen, "label": FIELDS[seen.field], "value": getattr(seen.customer, seen.field)}
    return render(request, "privacy/unmasked.html", context)


def _form(request: HttpRequest) -> UnmaskingForm:
    by = actor_for_session(request)
    if not by.permissions & frozenset(operations.RIGHT_FOR.values()):
        raise PermissionDenied
    return UnmaskingForm(request.POST if request.method == "POST" else None, rights=by.permissions)


def _facts(customer_id: str, form: UnmaskingForm) -> dict[str, str]:
    return {"what": "unmask", "customer": customer_id, **form.cleaned_data}


def _confirm(
    request: HttpRequest,
    customer_id: str,
    form: UnmaskingForm,
    asked: confirming.Asked,
    problem: object = None,
) -> HttpResponse:
    context = {
        "customer": customer_id,
        "label": FIELDS[form.cleaned_data["field"]],
        "purpose": Unmasking.Purpose(form.cleaned_data["purpose"]).label,
        "case_number": form.cleaned_data["case_number"],
        "asked": asked,
        "carried": form.cleaned_data,
        "errors": [problem] if problem else [],
        "passkey_words": _("Show it, with my passkey"),
        "code_words": _("Show it"),
    }
    return render(request, "privacy/unmask_confirm.html", context, status=422 if problem else 200)
