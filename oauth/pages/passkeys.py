"""Passkeys (WebAuthn, level 3): added, named, removed, and used to sign in or to confirm.

A passkey here always proves two factors at once: the device that holds the key, and the finger, face or
PIN that unlocks it (user verification is required, never merely preferred).
"""

import json
from typing import Any

from allauth.account.models import Login
from allauth.account.utils import get_next_redirect_url
from allauth.mfa.adapter import get_adapter
from allauth.mfa.webauthn import views
from allauth.mfa.webauthn.internal import auth, flows
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse_lazy
from django.utils.translation import gettext as _

from bank.access import rate_limits

SECURITY = reverse_lazy("mfa_index")


class AddView(views.AddWebAuthnView):  # type: ignore[misc]
    """Make a passkey on this device, and keep its public key."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Ask for a key that the device can find by itself, and that asks for finger, face or PIN."""
        context: dict[str, Any] = super(views.AddWebAuthnView, self).get_context_data(**kwargs)
        return {**context, "options": as_json(auth.begin_registration(self.request.user, True))}

    def form_valid(self, form: Any) -> HttpResponse:
        """Keep the key, its recovery codes and the trace of it together."""
        with transaction.atomic():
            return super().form_valid(form)  # type: ignore[no-any-return]


class NameView(views.EditWebAuthnView):  # type: ignore[misc]
    """Give a passkey another name."""

    success_url = SECURITY


class RemoveView(views.RemoveWebAuthnView):  # type: ignore[misc]
    """Forget a passkey."""

    success_url = SECURITY

    def form_valid(self, form: Any) -> HttpResponse:
        """Remove it, unless it is the last second factor of somebody who must have one."""
        if not get_adapter().can_delete_authenticator(self.object):
            messages.error(self.request, _("Staff keep at least one second factor. Add another first."))
            return redirect(SECURITY)
        with transaction.atomic():
            return super().form_valid(form)  # type: ignore[no-any-return]


class ConfirmView(views.ReauthenticateWebAuthnView):  # type: ignore[misc]
    """The passkey once more, before something weighty."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Count the try like a second factor; raises TooMany or Unavailable."""
        rate_limits.check("second_factor", request, user=str(request.user.pk))
        return super().post(request, *args, **kwargs)  # type: ignore[no-any-return]

    def form_invalid(self, form: Any) -> HttpResponse:
        """Say so, and offer a fresh challenge."""
        messages.error(self.request, _("The passkey was not accepted. Please try again."))
        return redirect(self.request.get_full_path())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the challenge."""
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return {**context, "options": as_json(context["js_data"]["request_options"])}


class LoginView(views.LoginWebAuthnView):  # type: ignore[misc]
    """Signing in with a passkey alone; the device knows which login it is for."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Count the try by address before anything is checked; raises TooMany or Unavailable."""
        rate_limits.check("login", request)
        return super().post(request, *args, **kwargs)  # type: ignore[no-any-return]

    def form_valid(self, form: Any) -> HttpResponse:
        """Let the owner of the key in, and lead to where they wanted to go."""
        authenticator = form.cleaned_data["credential"]
        login = Login(user=authenticator.user, redirect_url=self.get_success_url())
        return flows.perform_passwordless_login(self.request, authenticator, login)  # type: ignore[no-any-return]

    def get_success_url(self) -> str:
        """Return the page of this bank that `next` names, else the person's own."""
        return get_next_redirect_url(self.request) or "/account/"


def as_json(options: dict[str, Any]) -> str:
    """Return WebAuthn options as the script reads them from the form."""
    return json.dumps(options["publicKey"], default=dict)


add = AddView.as_view()
name = NameView.as_view()
remove = RemoveView.as_view()
confirm = ConfirmView.as_view()
login = LoginView.as_view()
