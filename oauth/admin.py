"""What staff see of logins, apps and consents."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from approvals.admin import NOTE_LENGTH
from approvals.errors import OwnRequest
from approvals.operations import record_denial, request_approval
from audit.actor import Actor
from bank import clock
from bank.access import permissions
from bank.access.roles import ROLES
from bank.errors import BankError
from bank.site.role_bound_admin import RoleBoundAdmin
from oauth import api_key_admin, staff_admin  # noqa: F401 - their pages are registered by being loaded
from oauth.actors import actor_for_session
from oauth.models import Client, Consent, InitialAccessToken, User
from oauth.operations import (
    approve_client,
    client_life,
    issue_initial_access_token,
    refuse_client,
    reinstate_client,
    submit_client,
    suspend_client,
)
from oauth.operations.consents import revoke_consent
from oauth.operations.logins import change_login
from oauth.operations.registration import MOST_CLIENTS_OF_A_TOKEN
from oauth.operations.second_factors import reset_second_factors


class NoteForm(ActionForm):
    """A note beside the action chosen: why an app is sent back."""

    note = forms.CharField(label=_("Note"), required=False, max_length=NOTE_LENGTH)


class InitialAccessTokenForm(forms.ModelForm):  # type: ignore[type-arg]
    """For whom, and for how many apps."""

    clients_left = forms.IntegerField(
        label=_("apps"), min_value=1, max_value=MOST_CLIENTS_OF_A_TOKEN, initial=1
    )

    class Meta:
        model = InitialAccessToken
        fields = ("organisation", "clients_left")


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
    actions = ("reset_second_factors",)

    @admin.display(description=_("roles"))
    def role_names(self, user: User) -> str:
        """Return the roles held, in words."""
        return ", ".join(user.roles) or "–"

    def has_reset_permission(self, request: HttpRequest) -> bool:
        """Say whether this member of staff may take second factors away."""
        return self._holds(request, permissions.USERS_RESET)

    @admin.action(description=_("Take away second factors, sessions and tokens"), permissions=["reset"])
    def reset_second_factors(self, request: HttpRequest, queryset: Any) -> None:
        """Help people who lost their device: each by the operation, which writes the trail."""
        by = actor_for_session(request)
        for user in queryset:
            try:
                reset_second_factors(user.id, by=by)
            except BankError as error:
                self.message_user(request, f"{user}: {error.title()}", messages.ERROR)
            else:
                self.message_user(request, _("%s signs in by password alone now.") % user, messages.SUCCESS)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody changes their own rights; the operation refuses it as well."""
        return super().has_change_permission(request, obj) and (obj is None or obj.pk != request.user.pk)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """Switch the login on or off; other roles are asked for, and somebody else decides on them."""
        by = actor_for_session(request)
        if "is_active" in form.changed_data:
            change_login(obj.id, roles=form.initial["roles"], is_active=obj.is_active, by=by)
        if "roles" in form.changed_data:
            self._ask_for_roles(request, obj.id, form.cleaned_data["roles"], by)

    def _ask_for_roles(self, request: HttpRequest, user_id: str, roles: list[str], by: Actor) -> None:
        try:
            request_approval(
                "user.roles", user_id, payload={"roles": sorted(roles)}, reason="Asked in the admin", by=by
            )
        except BankError as error:
            self.message_user(request, error.title(), messages.ERROR)
        else:
            self.message_user(request, _("The roles wait for somebody to approve them."), messages.WARNING)


@admin.register(Client)
class ClientAdmin(RoleBoundAdmin):
    """Apps: what they said of themselves, and whether they may do anything."""

    view_permission = permissions.CLIENTS_READ
    fields = (
        "name", "client_id", "status", "organisation", "purpose", "homepage_text", "privacy_text",
        "redirect_uris", "scope_names", "token_endpoint_auth_method", "keys_text", "first_party", "created",
        "latest_review", "review_note", "is_active",
    )  # fmt: skip
    readonly_fields = fields
    list_display = ("name", "client_id", "organisation", "status", "first_party", "created")
    list_filter = ("status", "first_party")
    search_fields = ("name", "client_id")
    action_form = NoteForm
    actions = ("submit", "approve", "send_back", "suspend", "reinstate")

    @admin.display(description=_("keys"))
    def keys_text(self, client: Client) -> str:
        """Return where the app's keys are, or the ids of those registered."""
        kids = [str(key.get("kid", "–"))[:64] for key in client.client_jwks.get("keys", [])]
        return client.client_jwks_uri or ", ".join(kids) or "–"

    @admin.display(description=_("review"))
    def latest_review(self, client: Client) -> Any:
        """Return a link to the latest request to go live: who asked, what was looked at, who decided."""
        latest = client_life.latest_request(client.client_id)
        if latest is None:
            return "–"
        where = reverse("admin:approvals_approval_change", args=[latest.id])
        return format_html('<a href="{}">{}</a> {}', where, latest.id, latest.present_status(clock.now()))

    def has_manage_permission(self, request: HttpRequest) -> bool:
        """Say whether this member of staff may ask for reviews, and stop apps."""
        return self._holds(request, permissions.CLIENTS_MANAGE)

    def has_decide_permission(self, request: HttpRequest) -> bool:
        """Say whether this member of staff may decide what somebody else asked for."""
        return self._holds(request, permissions.CLIENTS_APPROVE)

    @admin.action(description=_("Ask for review"), permissions=["manage"])
    def submit(self, request: HttpRequest, queryset: Any) -> None:
        """Submit the apps chosen."""
        self._each(request, queryset, submit_client)

    @admin.action(description=_("Approve: let it live"), permissions=["decide"])
    def approve(self, request: HttpRequest, queryset: Any) -> None:
        """Let the apps chosen live; who asked for one cannot."""
        self._each(request, queryset, approve_client)

    @admin.action(description=_("Send back to the sandbox (say why)"), permissions=["decide"])
    def send_back(self, request: HttpRequest, queryset: Any) -> None:
        """Refuse the apps chosen, with a note for their developers."""
        note = request.POST.get("note", "").strip()
        if not note:
            self.message_user(request, _("Say why, for the developer."), messages.ERROR)
            return
        self._each(request, queryset, partial(refuse_client, note=note))

    @admin.action(description=_("Suspend at once"), permissions=["manage"])
    def suspend(self, request: HttpRequest, queryset: Any) -> None:
        """Stop the apps chosen."""
        self._each(request, queryset, suspend_client)

    @admin.action(description=_("Reinstate, into the sandbox"), permissions=["manage"])
    def reinstate(self, request: HttpRequest, queryset: Any) -> None:
        """Let suspended apps start again."""
        self._each(request, queryset, reinstate_client)

    def _each(self, request: HttpRequest, queryset: Any, operation: Callable[..., Client]) -> None:
        by = actor_for_session(request)
        for client_id in queryset.values_list("client_id", flat=True):
            try:
                client = operation(client_id, by=by)
            except BankError as error:
                _note_denial(client_id, error, by)
                self.message_user(request, f"{client_id}: {error.title()}", messages.ERROR)
            else:
                words = _("%(app)s: %(state)s.") % {"app": client.name, "state": client.get_status_display()}
                self.message_user(request, words, messages.SUCCESS)

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


@admin.register(InitialAccessToken)
class InitialAccessTokenAdmin(RoleBoundAdmin):
    """Who may register apps in production. The token is shown once, right after it is made."""

    view_permission = permissions.CLIENTS_READ
    add_permission = permissions.CLIENTS_MANAGE
    form = InitialAccessTokenForm
    fields = ("organisation", "clients_left")
    list_display = ("organisation", "id", "clients_left", "issued_by", "created_at", "expires_at")
    list_select_related = ("issued_by",)

    def save_model(self, request: HttpRequest, obj: InitialAccessToken, form: Any, change: bool) -> None:
        """Call the operation, which writes the trail, and show the token this once."""
        issued = issue_initial_access_token(
            organisation=form.cleaned_data["organisation"],
            clients=form.cleaned_data["clients_left"],
            by=actor_for_session(request),
        )
        obj.pk = issued.kept.pk
        obj.refresh_from_db()
        words = _("Give it away now, it is not shown again: %s") % issued.text
        self.message_user(request, words, messages.WARNING)


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
        return Consent.Status(consent.present_status(clock.now())).label

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


def _note_denial(client_id: str, error: BankError, by: Actor) -> None:
    """Record that somebody tried to decide on what they asked for, or on their own app."""
    latest = client_life.latest_request(client_id)
    if latest and isinstance(error, OwnRequest):
        record_denial(latest.id, error, by=by)
