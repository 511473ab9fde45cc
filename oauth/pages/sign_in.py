"""Signing in: name and password, then the second factor where there is one. Says for which app."""

from typing import Any

from allauth.account import views as account_views
from allauth.mfa.base import views as mfa_views
from allauth.mfa.models import Authenticator
from django.http import HttpRequest, HttpResponse

from bank.access import rate_limits
from bank.site import second_factor as second_factors
from oauth import queries
from oauth.pages.passkeys import as_json
from oauth.protocol.redirect import origin


class ForAnApp:
    """A step of signing in that names the app behind it, and may lead on to the bank's own."""

    def next_url(self) -> str:
        """Return where the person wants to go after signing in."""
        raise NotImplementedError

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the name of the app that waits for this sign-in."""
        pushed = queries.find_request_behind(self.next_url())
        context: dict[str, Any] = super().get_context_data(**kwargs)  # type: ignore[misc]
        return {**context, "for_app": pushed.client.name if pushed else "", "pushed": pushed}

    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        """Draw the page. Browsers hold `form-action` against the redirects that follow a form, too.

        The bank's own app gets no consent page: the redirect to its address follows this very form.
        """
        response: HttpResponse = super().render_to_response(context, **kwargs)  # type: ignore[misc]
        pushed = context.get("pushed")
        if pushed and pushed.client.first_party:
            allowed = [origin(pushed.parameters["redirect_uri"])]
            response._csp_update = {"form-action": allowed}  # type: ignore[attr-defined]
        return response


class LoginView(ForAnApp, account_views.LoginView):  # type: ignore[misc]
    """Name and password."""

    def next_url(self) -> str:
        return self.get_next_url() or ""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Count the try by address and by name before anything is checked; raises TooMany or Unavailable."""
        rate_limits.check("login", request, login=request.POST.get("login", "").strip().lower()[:64])
        return super().post(request, *args, **kwargs)  # type: ignore[no-any-return]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add whether an idle session ended."""
        return {**super().get_context_data(**kwargs), "idle": "idle" in self.request.GET}


class SecondFactorView(ForAnApp, mfa_views.AuthenticateView):  # type: ignore[misc]
    """The code of an authenticator app, or a recovery code."""

    def next_url(self) -> str:
        return self.stage.login.redirect_url or ""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the challenge for a passkey, where the person has one."""
        context = super().get_context_data(**kwargs)
        factors = second_factors.of(self.stage.login.user).values_list("type", flat=True)
        has_passkey = Authenticator.Type.WEBAUTHN in set(factors)
        options = as_json(context["js_data"]["request_options"]) if has_passkey else ""
        return {**context, "options": options}

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Count the try by address and by login before anything is checked; raises TooMany or Unavailable."""
        rate_limits.check("second_factor", request, user=str(self.stage.login.user.pk))
        return super().post(request, *args, **kwargs)  # type: ignore[no-any-return]


class ConfirmPasswordView(account_views.ReauthenticateView):  # type: ignore[misc]
    """The password once more, before something weighty."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Count the try like a sign-in; raises TooMany or Unavailable."""
        rate_limits.check("login", request, login=request.user.get_username().lower())
        return super().post(request, *args, **kwargs)  # type: ignore[no-any-return]


class ConfirmCodeView(mfa_views.ReauthenticateView):  # type: ignore[misc]
    """The code once more, before something weighty."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Count the try like a second factor; raises TooMany or Unavailable."""
        rate_limits.check("second_factor", request, user=str(request.user.pk))
        return super().post(request, *args, **kwargs)  # type: ignore[no-any-return]


login = LoginView.as_view()
second_factor = SecondFactorView.as_view()
confirm_password = ConfirmPasswordView.as_view()
confirm_code = ConfirmCodeView.as_view()
