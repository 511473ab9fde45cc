"""The pages of the portal. What an app may be is decided by registration; a page only asks and shows."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from bank.access import permissions
from bank.access.gate import page_for
from bank.access.rate_limits import check_keys, limit
from bank.errors import BankError
from bank.language import detail_of, in_english, in_words
from oauth import operations, queries, scopes, signing_keys
from oauth.actors import actor_for_session
from oauth.pages.developers.forms import AppForm, KeysForm, keys_as_text
from oauth.protocol import client_metadata
from oauth.protocol.client_metadata import InvalidRedirectUri
from oauth.protocol.failures import OAuthFailure

_STEPS = {
    "submit": operations.submit_client,
    "withdraw": operations.withdraw_client,
    "close": operations.close_client,
}


@page_for(permissions.CLIENTS_REGISTER)
@limit("pages")
@require_safe
def apps(request: HttpRequest) -> HttpResponse:
    """List a developer's apps."""
    return render(request, "oauth/developer_apps.html", {"apps": queries.list_apps_of(str(request.user.pk))})


@page_for(permissions.CLIENTS_REGISTER)
@limit("pages")
@require_http_methods(["GET", "HEAD", "POST"])
def new_app(request: HttpRequest) -> HttpResponse:
    """Show the form, or register what was typed."""
    form = AppForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        check_keys("registration", request, client=str(request.user.pk))
        if form.is_valid() and (client := _register(request, form)):
            messages.success(request, _("%(app)s is registered.") % {"app": client.name})
            return redirect("developer-app", client.client_id)
    context = {"form": form, "sentences": scopes.in_words()}
    return render(request, "oauth/developer_new_app.html", context, status=422 if form.errors else 200)


@page_for(permissions.CLIENTS_REGISTER)
@limit("pages")
@require_http_methods(["GET", "HEAD", "POST"])
def app(request: HttpRequest, client_id: str) -> HttpResponse:
    """Show an app, or take its next step; raises ClientNotFound for somebody else's."""
    client = queries.get_app_of(client_id, str(request.user.pk))
    step = _STEPS.get(request.POST.get("step", "")) if request.method == "POST" else None
    if step is None:
        sentences = {name: words for name, words in scopes.in_words().items() if name in client.scopes}
        count = len(client.client_jwks.get("keys", []))
        context = {"app": client, "sentences": sentences, "key_count": count}
        return render(request, "oauth/developer_app.html", context)
    try:
        step(client.client_id, by=actor_for_session(request))
    except BankError as error:
        messages.error(request, in_words(error))
    return redirect("developer-apps" if step is operations.close_client else request.path)


@page_for(permissions.CLIENTS_REGISTER)
@limit("pages")
@require_http_methods(["GET", "HEAD", "POST"])
def keys(request: HttpRequest, client_id: str) -> HttpResponse:
    """Show an app's keys, or replace them; raises ClientNotFound for somebody else's."""
    client = queries.get_app_of(client_id, str(request.user.pk))
    now = {"jwks": keys_as_text(client.client_jwks), "jwks_uri": client.client_jwks_uri}
    form = KeysForm(request.POST if request.method == "POST" else None, initial=now)
    if request.method == "POST" and form.is_valid() and _replace_keys(request, client, form):
        messages.success(request, _("The keys are changed; the old ones no longer work."))
        return redirect("developer-app", client.client_id)
    return render(
        request,
        "oauth/developer_keys.html",
        {"app": client, "form": form},
        status=422 if form.errors else 200,
    )


def _register(request: HttpRequest, form: AppForm) -> Any:
    """Return the new app, or None after telling the form why not."""
    user: Any = request.user
    try:
        metadata = client_metadata.read(form.document(), signing=signing_keys.SIGNING_ALGORITHMS)
        return operations.register_app(metadata, owner=user, by=actor_for_session(request)).client
    except OAuthFailure as failure:
        field = "redirect_uris" if isinstance(failure, InvalidRedirectUri) else None
        form.add_error(field, in_english(failure.description))
    return None


def _replace_keys(request: HttpRequest, client: Any, form: KeysForm) -> bool:
    said = form.cleaned_data
    try:
        operations.change_keys(
            client.client_id, jwks=said["jwks"], jwks_uri=said["jwks_uri"], by=actor_for_session(request)
        )
    except BankError as error:
        form.add_error(None, detail_of(error))
        return False
    return True
