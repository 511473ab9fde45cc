"""What a developer types about an endpoint."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from bank.language import in_english
from bank.outbound import CallRefused, check_url
from events.kinds import EVENT_TYPES
from events.operations.endpoints import NewEndpoint


class EndpointForm(forms.Form):
    """A new endpoint."""

    url = forms.CharField(
        label=_("Address"),
        max_length=512,
        help_text=_("https, a host by its name, port 443 or above 1023. The bank follows no redirect."),
    )
    description = forms.CharField(label=_("Note to yourself"), max_length=80, required=False)
    event_types = forms.MultipleChoiceField(
        label=_("Events"),
        required=False,
        choices=[(name, _(type_.meaning)) for name, type_ in EVENT_TYPES.items()],
        widget=forms.CheckboxSelectMultiple,
    )

    def clean_url(self) -> str:
        """Return the address, if the bank may call it at all."""
        url: str = self.cleaned_data["url"]
        try:
            check_url(url)
        except CallRefused as refusal:
            raise ValidationError(in_english(str(refusal))) from refusal
        return url

    def wanted(self) -> NewEndpoint:
        """Return what was typed, as the operation takes it."""
        said: dict[str, Any] = self.cleaned_data
        return NewEndpoint(said["url"], said["description"], said["event_types"])
