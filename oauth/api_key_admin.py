"""What staff see of API keys, and how they make, rotate and revoke them."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bank.access import permissions
from bank.errors import BankError
from bank.site.role_bound_admin import RoleBoundAdmin
from oauth import rules
from oauth.actors import actor_for_session
from oauth.errors import ApiKeyRefused
from oauth.models import ApiKey
from oauth.operations.api_keys import is_good, issue_api_key, revoke_api_key, rotate_api_key

SHOWN_ONCE = _("Give it away now, it is not shown again: %s")


class ApiKeyForm(forms.ModelForm):  # type: ignore[type-arg]
    """For which service, for what, from where, for how long."""

    scopes = forms.MultipleChoiceField(
        choices=[(name, name) for name in sorted(permissions.SERVICE_SCOPES)],
        widget=forms.CheckboxSelectMultiple,
    )
    networks = forms.CharField(required=False, help_text=_("Such as 192.0.2.0/24, apart by spaces"))
    days = forms.IntegerField(min_value=1, max_value=rules.MOST_KEY_DAYS, initial=90)

    class Meta:
        model = ApiKey
        fields = ("service", "scopes", "networks")

    def clean_networks(self) -> list[str]:
        """Return the networks; raises ValidationError."""
        try:
            return rules.read_networks(self.cleaned_data["networks"].split())
        except ApiKeyRefused as refused:
            raise ValidationError(refused.detail) from refused


@admin.register(ApiKey)
class ApiKeyAdmin(RoleBoundAdmin):
    """Keys by how they begin; the key itself is shown once, right after it is made."""

    view_permission = permissions.CLIENTS_READ
    add_permission = permissions.CLIENTS_MANAGE
    form = ApiKeyForm
    fields = ("service", "scopes", "networks", "days")
    list_display = ("service", "hint", "scope_names", "state", "created_at", "expires_at", "last_used_on")
    search_fields = ("service",)
    ordering = ("-created_at",)
    actions = ("rotate", "revoke")

    @admin.display(description=_("scopes"))
    def scope_names(self, key: ApiKey) -> str:
        """Return what the key is for."""
        return " ".join(key.scopes)

    @admin.display(description=_("state"))
    def state(self, key: ApiKey) -> str:
        """Return whether the key works now."""
        return str(_("works")) if is_good(key, timezone.now()) else str(_("ended"))

    def has_manage_permission(self, request: HttpRequest) -> bool:
        """Say whether this member of staff may rotate and revoke."""
        return self._holds(request, permissions.CLIENTS_MANAGE)

    def save_model(self, request: HttpRequest, obj: ApiKey, form: Any, change: bool) -> None:
        """Call the operation, which writes the trail, and show the key this once."""
        told = {name: form.cleaned_data[name] for name in ("service", "scopes", "networks", "days")}
        issued = issue_api_key(**told, by=actor_for_session(request))
        obj.pk = issued.kept.pk
        obj.refresh_from_db()
        self.message_user(request, SHOWN_ONCE % issued.text, messages.WARNING)

    @admin.action(description=_("Rotate: a new key, both work for a day"), permissions=["manage"])
    def rotate(self, request: HttpRequest, queryset: Any) -> None:
        """Make a new key for each one chosen."""
        for key in queryset:
            try:
                issued = rotate_api_key(key.id, by=actor_for_session(request))
            except BankError as error:
                self.message_user(request, f"{key}: {error.title()}", messages.ERROR)
            else:
                self.message_user(request, SHOWN_ONCE % f"{key.service} {issued.text}", messages.WARNING)

    @admin.action(description=_("Revoke at once"), permissions=["manage"])
    def revoke(self, request: HttpRequest, queryset: Any) -> None:
        """End the keys chosen."""
        for key in queryset:
            revoke_api_key(key.id, by=actor_for_session(request))
            self.message_user(request, _("%s is revoked.") % key, messages.SUCCESS)
