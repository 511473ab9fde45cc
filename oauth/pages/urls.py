"""Signing in and out, security, connected apps. The names are those allauth reverses."""

from typing import Any

from allauth.account import views as account
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.totp import views as totp
from django.urls import URLPattern, path

from bank.access.gate import PUBLIC, SIGNED_IN, page_for
from bank.access.rate_limits import limit
from oauth.pages import apps, changes, passkeys, security, sign_in
from oauth.pages.developers import views as developers


def _page(address: str, permission: str, view: Any, name: str) -> URLPattern:
    return path(address, page_for(permission)(limit("pages")(view)), name=name)


urlpatterns = [
    _page("login/", PUBLIC, sign_in.login, "account_login"),
    _page("login/code/", PUBLIC, sign_in.second_factor, "mfa_authenticate"),
    _page("login/passkey/", PUBLIC, passkeys.login, "mfa_login_webauthn"),
    _page("logout/", PUBLIC, account.logout, "account_logout"),
    _page("account/security/", SIGNED_IN, security.security, "mfa_index"),
    _page("account/security/password/", SIGNED_IN, account.password_change, "account_change_password"),
    _page("account/security/confirm/", SIGNED_IN, sign_in.confirm_password, "account_reauthenticate"),
    _page("account/security/confirm/code/", SIGNED_IN, sign_in.confirm_code, "mfa_reauthenticate"),
    _page("account/security/confirm/passkey/", SIGNED_IN, passkeys.confirm, "mfa_reauthenticate_webauthn"),
    _page("account/security/passkeys/add/", SIGNED_IN, passkeys.add, "mfa_add_webauthn"),
    _page("account/security/passkeys/<int:pk>/name/", SIGNED_IN, passkeys.name, "mfa_edit_webauthn"),
    _page("account/security/passkeys/<int:pk>/remove/", SIGNED_IN, passkeys.remove, "mfa_remove_webauthn"),
    _page("account/security/totp/activate/", SIGNED_IN, totp.activate_totp, "mfa_activate_totp"),
    _page("account/security/totp/deactivate/", SIGNED_IN, totp.deactivate_totp, "mfa_deactivate_totp"),
    _page(
        "account/security/recovery-codes/",
        SIGNED_IN,
        recovery_codes.view_recovery_codes,
        "mfa_view_recovery_codes",
    ),
    _page(
        "account/security/recovery-codes/generate/",
        SIGNED_IN,
        recovery_codes.generate_recovery_codes,
        "mfa_generate_recovery_codes",
    ),
    path("developers/apps/", developers.apps, name="developer-apps"),
    path("developers/apps/new/", developers.new_app, name="developer-new-app"),
    path("developers/apps/<str:client_id>/", developers.app, name="developer-app"),
    path("developers/apps/<str:client_id>/keys/", developers.keys, name="developer-keys"),
    path("account/security/sessions/end-others/", security.end_others, name="end-other-sessions"),
    path("account/security/sessions/<str:session_id>/end/", security.end_one, name="end-session"),
    path("account/apps/", apps.connected, name="connected-apps"),
    path("account/apps/<str:consent_id>/stop/", apps.stop, name="stop-sharing"),
    path("account/apps/<str:consent_id>/change/", changes.change, name="change-sharing"),
    path("account/apps/<str:consent_id>/accesses/", changes.accesses, name="sharing-accesses"),
    path("account/apps/<str:consent_id>/receipt/", changes.receipt, name="sharing-receipt"),
]
