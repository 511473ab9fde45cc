"""What staff see of logins, apps and consents."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bank.access import permissions
from bank.access.roles import ROLES
from bank.errors import BankError
from bank.site.role_bound_admin import RoleBoundAdmin
from oauth.actors import actor_for_session
from oauth.models import Client, Consent, User
from oauth.operations.consents import revoke_consent
from oauth.operations.logins import change_login, switch_client


class LoginForm(forms.ModelForm):  # type: ignore[type-arg]
    """Which roles a login holds, as boxes to tick."""

    roles = forms.MultipleChoiceField(
        choices=[(role, role) for role in ROLES], widget=forms.CheckboxSelectMultiple, required=False
    )

    class Meta:
        model = User
        fields = ("roles", "is_active")


@admin.register(User)
class UserAdmin(RoleBoundAdmin):
    """Logins and the roles they hold. No personal data: that is the customer's."""

    view_permission = permissions.USERS_READ
    change_permission = permissions.USERS_MANAGE
    form = LoginForm
    fields = ("username", "id", "roles", "is_active", "created_at", "last_login")
    readonly_fields = ("username", "id", "created_at", "last_login")
    list_display = ("username", "id", "role_names", "is_active", "last_login")
    search_fields = ("username",)
    ordering = ("username",)

    @admin.display(description=_("roles"))
    def role_names(self, user: User) -> str:
        """Return the roles held, in words."""
        return ", ".join(user.roles) or "–"

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody changes their own rights; the operation refuses it as well."""
        return super().has_change_permission(request, obj) and (obj is None or obj.pk != request.user.pk)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """Call the operation; it writes the trail."""
        by = actor_for_session(request)
        change_login(
            obj.id, roles=form.cleaned_data["roles"], is_active=form.cleaned_data["is_active"], by=by
        )


@admin.register(Client)
class ClientAdmin(RoleBoundAdmin):
    """Apps: what they said of themselves, and whether they may do anything."""

    view_permission = permissions.CLIENTS_READ
    change_permission = permissions.CLIENTS_MANAGE
    fields = (
        "name", "client_id", "organisation", "purpose", "homepage_text", "privacy_text", "redirect_uris",
        "scope_names", "token_endpoint_auth_method", "first_party", "created", "is_active",
    )  # fmt: skip
    readonly_fields = tuple(name for name in fields if name != "is_active")
    list_display = ("name", "client_id", "organisation", "first_party", "is_active", "created")
    list_filter = ("is_active", "first_party")
    search_fields = ("name", "client_id")

    # Plain text: a stored `javascript:` address must not become a link that staff press.
    @admin.display(description=_("homepage"))
    def homepage_text(self, client: Client) -> str:
        """Return the address as text."""
        return client.homepage or "–"

    @admin.display(description=_("privacy notice"))
    def privacy_text(self, client: Client) -> str:
        """Return the address as text."""
        return client.privacy_notice or "–"

    @admin.display(description=_("largest scope"))
    def scope_names(self, client: Client) -> str:
        """Return what the app may ask for."""
        return " ".join(client.scopes) or "–"

    def save_model(self, request: HttpRequest, obj: Client, form: Any, change: bool) -> None:
        """Call the operation; it writes the trail."""
        switch_client(obj.client_id, is_active=form.cleaned_data["is_active"], by=actor_for_session(request))


@admin.register(Consent)
class ConsentAdmin(RoleBoundAdmin):
    """What customers allowed apps. Support can stop one on the telephone."""

    view_permission = permissions.CONSENTS_READ_ANY
    fields = (
        "id", "kind", "state", "client", "user", "scope", "acr", "created_at", "expires_at", "ended_at",
        "last_used_at", "version",
    )  # fmt: skip
    readonly_fields = fields
    list_display = ("id", "client", "user", "kind", "state", "created_at", "expires_at")
    list_filter = ("status", "kind")
    list_select_related = ("client", "user")
    search_fields = ("user__username", "client__client_id")
    ordering = ("-created_at",)
    actions = ("stop_sharing",)

    @admin.display(description=_("state"))
    def state(self, consent: Consent) -> str:
        """Return the state by the clock: a consent ends though no job ran."""
        return Consent.Status(consent.present_status(timezone.now())).label

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        """Say whether this member of staff may stop a consent."""
        return self._holds(request, permissions.CONSENTS_REVOKE_ANY)

    @admin.action(description=_("Stop sharing"), permissions=["revoke"])
    def stop_sharing(self, request: HttpRequest, queryset: Any) -> None:
        """Revoke the consents chosen, each by the operation customers use."""
        by = actor_for_session(request)
        for consent_id in queryset.values_list("id", flat=True):
            try:
                revoke_consent(consent_id, by=by, reason="by_staff")
            except BankError as error:
                self.message_user(request, f"{consent_id}: {error.title()}", messages.ERROR)
            else:
                self.message_user(request, _("%s is stopped.") % consent_id, messages.SUCCESS)
