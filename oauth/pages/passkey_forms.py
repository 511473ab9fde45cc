"""The forms that carry a passkey's answer, checked here beyond what allauth and fido2 check."""

from typing import Any

from allauth.core import context
from allauth.mfa import signals
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn import forms as webauthn
from django import forms
from django.core.cache import cache
from django.utils.translation import gettext_lazy as _
from fido2.webauthn import AuthenticationResponse

from bank.privacy.card_numbers import refuse_card_numbers
from oauth.pages import trail
from oauth.pages.forms import Plain
from oauth.pages.one_at_a_time import one_at_a_time

LONGEST_NAME = 64
# Longer than a challenge is of use: an answer remembered is an answer refused.
REMEMBERED_SECONDS = 12 * 3600
# What fido2 raises when an answer is not the shape it should be; to the person all are one: not accepted.
MALFORMED = (ValueError, TypeError, KeyError, AttributeError, IndexError, AssertionError, OverflowError)


class CredentialField(forms.JSONField):
    """What the device answered; nested deeper than Python can read, it is as malformed as any other."""

    def __init__(self) -> None:
        super().__init__(required=True, widget=forms.HiddenInput)

    def to_python(self, value: Any) -> Any:
        """Return the answer's members; raises ValidationError."""
        try:
            answer = super().to_python(value)
        except RecursionError as error:
            raise get_adapter().validation_error("incorrect_code") from error
        if answer is not None and not isinstance(answer, dict):
            raise get_adapter().validation_error("incorrect_code")
        return answer


class AddPasskeyForm(Plain, webauthn.AddWebAuthnForm):  # type: ignore[misc]
    """A new passkey, and what its owner calls it."""

    credential = CredentialField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields.pop("passwordless", None)  # every passkey here can sign in by itself
        self.fields["name"].label = _("Name of this passkey")
        self.fields["name"].widget.attrs.update(maxlength=LONGEST_NAME, autocomplete="off")

    def clean_name(self) -> str:
        """Return the name, cut to its length: the key is already on the device."""
        return str(super().clean_name())[:LONGEST_NAME]

    def clean(self) -> dict[str, Any]:
        """Return what was sent when it is a sound new passkey; raises ValidationError."""
        try:
            cleaned: dict[str, Any] = super().clean() or {}
        except MALFORMED as error:
            raise get_adapter().validation_error("incorrect_code") from error
        return cleaned


class NamePasskeyForm(Plain, webauthn.EditWebAuthnForm):  # type: ignore[misc]
    """Another name for a passkey."""

    name = forms.CharField(
        label=_("Name of this passkey"), max_length=LONGEST_NAME, validators=[refuse_card_numbers]
    )


class _Answer(webauthn.AuthenticateWebAuthnForm):  # type: ignore[misc]
    """An answer to a challenge: it counts once, and by a key whose counter goes up."""

    credential = CredentialField()

    def clean_credential(self) -> Authenticator:
        """Return the passkey that signed the challenge; raises ValidationError and records the failure."""
        try:
            return self._checked()
        except (forms.ValidationError, *MALFORMED) as error:
            self._note_refusal()
            if isinstance(error, forms.ValidationError):
                raise
            raise get_adapter().validation_error("incorrect_code") from error

    def _checked(self) -> Authenticator:
        sent = self.cleaned_data["credential"]
        passkey: Authenticator = super().clean_credential()
        answer = AuthenticationResponse.from_dict(sent).response
        is_first = cache.add(f"passkey-used:{answer.signature.hex()}", 1, timeout=REMEMBERED_SECONDS)
        with one_at_a_time("passkey", str(passkey.pk)):
            counted = is_first and _count(passkey, answer.authenticator_data.counter)
        if not counted or not passkey.user.is_active:
            raise get_adapter().validation_error("incorrect_code")
        return passkey

    def _note_refusal(self) -> None:
        if self.user is None:
            trail.passkey_refused()
        else:
            signals.authentication_failed.send(
                sender=Authenticator, request=context.request, user=self.user, authenticator=None
            )


class LoginForm(_Answer, webauthn.LoginWebAuthnForm):  # type: ignore[misc]
    """Signing in by a passkey alone."""


class SecondFactorForm(_Answer):
    """A passkey after the password."""


class ConfirmForm(_Answer, webauthn.ReauthenticateWebAuthnForm):  # type: ignore[misc]
    """A passkey again, before something weighty."""


def _count(passkey: Authenticator, counter: int) -> bool:
    """Keep the key's counter; one that does not go up is a copy of the key (WebAuthn, 7.2, step 22)."""
    kept = Authenticator.objects.get(pk=passkey.pk)
    before = int(kept.data.get("sign_count", 0))
    if (counter or before) and counter <= before:
        return False
    kept.data["sign_count"] = counter
    kept.save(update_fields=["data"])
    return True
