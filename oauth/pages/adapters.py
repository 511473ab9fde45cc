"""What allauth does here in the bank's way: no sign-up, no e-mail, exact counting, sealed secrets."""

import base64
from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

from bank.access.addresses import client_address
from bank.crypto import boxes
from bank.crypto.in_force import keys_for
from bank.crypto.places import BoxColumn
from bank.site import second_factor
from oauth.actors import actor_for_session
from oauth.operations.logins import change_password
from oauth.pages.one_at_a_time import one_at_a_time

# The secret of one-time codes or the seed of recovery codes: base64 of a box within the library's JSON.
SEALED = BoxColumn(
    "mfa.Authenticator.data",
    purpose="second-factors/v1",
    table="mfa_authenticator",
    column="decode(coalesce(data->>'secret', data->>'seed'), 'base64')",
    key="id",
    place_of=lambda _: "mfa.Authenticator.data",  # the library does not say which row it seals for
    write="UPDATE {table} SET data = jsonb_set(data,"
    " ARRAY[CASE WHEN data ? 'secret' THEN 'secret' ELSE 'seed' END],"
    " to_jsonb(translate(encode(%(new)s, 'base64'), E'\\n', '')))"
    " WHERE {key} = %(key)s AND {column} = %(old)s",
)
PASSKEY = "mfa_reauthenticate:webauthn"
WAYS = {
    "reauthenticate": _("Use your password"),
    "mfa_reauthenticate": _("Use a one-time code"),
    PASSKEY: _("Use a passkey"),
}


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Sign-in with a name and a password; django-axes counts the failures."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "username_password_mismatch": _("The name or the password is not right."),
        "incorrect_code": _("The code is not right, or it was used before."),
        "too_many_login_attempts": _("Too many tries. Wait a few minutes, then try again."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody opens a login for themselves: the bank does, for its customers."""
        return False

    def is_safe_url(self, url: str) -> bool:
        """Follow `next` only to a path of this bank (no open redirector, RFC 9700, 4.11)."""
        return url_has_allowed_host_and_scheme(url, allowed_hosts=None, require_https=True)

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return the address that our own proxies vouch for."""
        return client_address(request)

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count nothing: allauth's count by name would let a stranger lock anybody out."""

    def authenticate(self, request: HttpRequest, **credentials: Any) -> AbstractBaseUser | None:
        """Check a password, one try at a time per address, so that parallel guesses are counted exactly."""
        with one_at_a_time("sign-in", client_address(request)):
            user = super().authenticate(request, **credentials)
        # allauth hands out a closed login to say "inactive": that would tell a guesser the password is right.
        return user if user is not None and user.is_active else None

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """Ask who has a second factor for that: the password alone would not do to sign in either."""
        methods: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        strong = [method for method in methods if method["id"] != "reauthenticate"] or methods
        named = [{**method, "description": WAYS[method["id"]]} for method in strong]
        return sorted(named, key=lambda method: method["id"] != PASSKEY)

    def set_password(self, user: Any, password: str) -> None:
        """Change the password by the operation: it ends every token, and writes the trail."""
        change_password(user, password=password, by=actor_for_session(self.request))

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """Lead back to the security page."""
        return "/account/security/"

    def send_notification_mail(self, *args: Any, **kwargs: Any) -> None:
        """Send nothing: a login has no address. The audit trail keeps what happened."""


class MFAAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Second factors, with their secrets sealed by the bank's key ring."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": AccountAdapter.error_messages["incorrect_code"],
        "cannot_delete_authenticator": _("Staff keep at least one second factor. Add another first."),
    }

    def get_totp_issuer(self) -> str:
        """Name the bank in the authenticator app."""
        return "Harbour Bank"

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Bind passkeys to the bank's own host, whatever Host header came (WebAuthn, 5.1.2)."""
        return {"id": urlsplit(settings.PUBLIC_ORIGIN).hostname or "", "name": "Harbour Bank"}

    def generate_authenticator_name(self, user: Any, type: Any) -> str:  # noqa: A002 - allauth's name
        """Suggest a name for a new passkey."""
        count = Authenticator.objects.filter(user_id=user.pk, type=type).count()
        return str(_("Passkey %(number)d") % {"number": count + 1})

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Let staff keep at least one second factor: the admin opens for nobody without."""
        others = second_factor.of(authenticator.user).exclude(pk=authenticator.pk)
        return not authenticator.user.is_staff or others.exists()

    def encrypt(self, text: str) -> str:
        """Seal a secret before it is stored."""
        return base64.b64encode(boxes.seal(text.encode(), keys=_keys(), place=SEALED.place_of(None))).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Open a stored secret; raises CannotOpen when it was not sealed here."""
        return boxes.unseal(
            base64.b64decode(encrypted_text), keys=_keys(), place=SEALED.place_of(None)
        ).decode()


def _keys() -> boxes.Keys:
    return keys_for(SEALED.purpose)
