"""What a developer types about an app, turned into the document of RFC 7591."""

import json
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from bank.errors import BankError
from bank.language import in_english
from bank.wire.parsers import parse_object
from oauth import scopes

KEYS_HINT = _(
    "The public keys your app signs with (RSA from 2048 bits, P-256 or Ed25519), or the https address where "
    "they stand. Never a private key."
)


def read_keys(text: str) -> dict[str, Any]:
    """Return a JWK Set as typed; raises ValidationError."""
    try:
        return parse_object(text.encode("utf-8", "replace"))
    except BankError as error:
        raise ValidationError(
            format_html(str(_("This is not JSON: {}")), in_english(error.detail))
        ) from error


class KeysForm(forms.Form):
    """The keys alone: a live app changes them without anybody."""

    jwks = forms.CharField(
        label=_("Public keys (JWK Set)"),
        help_text=KEYS_HINT,
        required=False,
        max_length=16_000,
        widget=forms.Textarea({"rows": 6, "spellcheck": "false", "class": "mono"}),
    )
    jwks_uri = forms.CharField(label=_("Or their address (jwks_uri)"), required=False, max_length=512)

    def clean_jwks(self) -> dict[str, Any] | None:
        """Return the set, or None where nothing was typed."""
        text = self.cleaned_data["jwks"]
        return read_keys(text) if text else None

    def clean(self) -> dict[str, Any]:
        """Ask for one of the two."""
        said = self.cleaned_data
        if not self.errors and bool(said.get("jwks")) == bool(said.get("jwks_uri")):
            raise ValidationError(_("Give the keys, or the address where they stand: one of the two."))
        return said


class AppForm(KeysForm):
    """A new app."""

    client_name = forms.CharField(
        label=_("Name"), max_length=80, help_text=_("Customers read it when your app asks for access.")
    )
    purpose = forms.CharField(
        label=_("Purpose"),
        max_length=200,
        help_text=_("One sentence. Customers see it in quotes, above what your app asks for."),
    )
    organisation = forms.CharField(label=_("Organisation"), max_length=120)
    redirect_uris = forms.CharField(
        label=_("Redirect addresses"),
        help_text=_(
            "One a line. Customers come back to exactly one of them, character by character: https only, a "
            "host by its name, no *, no #, no user name, no ../ and no code, state, iss or error of its own."
        ),
        max_length=4000,
        widget=forms.Textarea({"rows": 3, "spellcheck": "false", "class": "mono"}),
    )
    scopes = forms.MultipleChoiceField(
        label=_("What it may ask for"), choices=(), widget=forms.CheckboxSelectMultiple
    )
    client_uri = forms.CharField(label=_("Home page"), required=False, max_length=200)
    policy_uri = forms.CharField(label=_("Privacy notice"), required=False, max_length=200)
    field_order = (
        "client_name", "purpose", "organisation", "redirect_uris", "scopes", "jwks", "jwks_uri", "client_uri",
        "policy_uri",
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["scopes"]
        field.choices = list(scopes.in_words().items())

    def document(self) -> dict[str, Any]:
        """Return the client metadata (RFC 7591, 2)."""
        said = {name: value for name, value in self.cleaned_data.items() if value}
        said["redirect_uris"] = said["redirect_uris"].split()
        said["scope"] = " ".join(said.pop("scopes"))
        return said


def keys_as_text(jwks: dict[str, Any]) -> str:
    """Return a JWK Set as it is shown in the form."""
    return json.dumps(jwks, indent=1) if jwks else ""
