"""The forms of sign-in: allauth's, without placeholders, and with codes that count once."""

import re
from typing import Any

from allauth.account import forms as account_forms
from allauth.mfa import app_settings as mfa_settings
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base import forms as mfa_forms
from allauth.mfa.totp import forms as totp_forms
from django import forms
from django.core.cache import cache
from django.utils.translation import gettext_lazy as _

from oauth.pages.one_at_a_time import one_at_a_time

# A code stays valid for its own period and the tolerated ones on each side; so long it must be remembered.
CODE_LIFETIME_SECONDS = mfa_settings.TOTP_PERIOD * (2 * mfa_settings.TOTP_TOLERANCE + 1)

CODE = re.compile(f"[0-9]{{{mfa_settings.TOTP_DIGITS}}}")


class Plain(forms.Form):
    """Labels stand above their controls; a placeholder would say the same in fainter ink."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)


class LoginForm(Plain, account_forms.LoginForm):  # type: ignore[misc]
    """Name and password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = _("User name")
        self.fields["login"].widget.attrs.update(autocapitalize="none", spellcheck="false")


class ConfirmPasswordForm(Plain, account_forms.ReauthenticateForm):  # type: ignore[misc]
    """The password again, before something weighty."""


class ChangePasswordForm(Plain, account_forms.ChangePasswordForm):  # type: ignore[misc]
    """The old password once, the new one twice."""


class OnceOnly(Plain):
    """A code counts once, however many requests bring it at the same moment (RFC 6238, 5.2)."""

    user: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        code = self.fields["code"]
        code.label = _("One-time code, or a recovery code")
        code.widget.attrs.update(inputmode="numeric", autocomplete="one-time-code")

    def clean_code(self) -> str:
        """Return the code when it is right and fresh; raises ValidationError.

        The refusal is raised after the transaction of the lock: its audit event stays.
        """
        refusal: forms.ValidationError | None = None
        code = ""
        with one_at_a_time("second-factor", str(self.user.pk)):
            try:
                code = super().clean_code()  # type: ignore[misc]
            except forms.ValidationError as error:
                refusal = error
        if refusal is None and not _first_use(self.user.pk, code):
            refusal = get_adapter().validation_error("incorrect_code")
        if refusal is not None:
            raise refusal
        return code


def _first_use(user_id: str, code: str) -> bool:
    return cache.add(f"code-used:{user_id}:{code}", 1, timeout=CODE_LIFETIME_SECONDS)


class SecondFactorForm(OnceOnly, mfa_forms.AuthenticateForm):  # type: ignore[misc]
    """The code at sign-in."""


class ConfirmCodeForm(OnceOnly, mfa_forms.ReauthenticateForm):  # type: ignore[misc]
    """The code again, before something weighty."""


class FreshCodeForm(ConfirmCodeForm):
    """A code of the authenticator, for one thing shown; a recovery code confirms nothing."""

    def clean_code(self) -> str:
        """Return the code when it is right and fresh; raises ValidationError."""
        if not CODE.fullmatch(self.cleaned_data["code"]):
            raise get_adapter().validation_error("incorrect_code")
        return super().clean_code()


class ActivateCodesForm(Plain, totp_forms.ActivateTOTPForm):  # type: ignore[misc]
    """The first code of a new authenticator."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].label = _("Code shown by your authenticator")
        self.fields["code"].widget.attrs.update(inputmode="numeric")
