"""The page where the second pair of eyes looks: what would change, before and after, and two buttons."""

from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.html import format_html, format_html_join
from django.utils.module_loading import import_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from approvals import operations, rules
from approvals.errors import OwnRequest
from approvals.models import Approval
from approvals.registry import operation_named
from audit.actor import Actor
from bank import clock
from bank.access import permissions
from bank.errors import BankError
from bank.privacy.card_numbers import without_card_numbers
from bank.site.role_bound_admin import RoleBoundAdmin

NOTE_LENGTH = 140


@admin.register(Approval)
class ApprovalAdmin(RoleBoundAdmin):
    """What was asked, by whom, and what became of it."""

    view_permission = permissions.APPROVALS_READ
    change_form_template = "approvals/decide.html"
    fields = (
        "id", "present", "operation", "meaning", "target_type", "target_id", "diff", "reason",
        "requested_by", "requested_at", "expires_at", "decided_by", "decided_at", "note", "payload_digest",
    )  # fmt: skip
    readonly_fields = fields
    list_display = ("id", "present", "operation", "target_id", "requested_by", "requested_at", "decided_by")
    list_filter = ("status", "operation")
    list_select_related = ("requested_by", "decided_by")
    search_fields = ("=target_id",)
    search_help_text = _("The id of what it is about")
    ordering = ("-id",)

    @admin.display(description=_("state"))
    def present(self, approval: Approval) -> str:
        """Return the state by the clock."""
        return approval.present_status(clock.now())

    @admin.display(description=_("meaning"))
    def meaning(self, approval: Approval) -> str:
        """Return in a sentence what would be done."""
        return operation_named(approval.operation).meaning

    @admin.display(description=_("what changes"))
    def diff(self, approval: Approval) -> SafeString:
        """Return the fields that change as a table, before and after."""
        changes = rules.diff(approval.before, approval.after)
        rows = [(c["field"], _shown(c["before"]), _shown(c["after"])) for c in changes]
        head = format_html("<tr><th>{}</th><th>{}</th><th>{}</th></tr>", _("field"), _("before"), _("after"))
        body = format_html_join("", "<tr><th>{}</th><td><del>{}</del></td><td><ins>{}</ins></td></tr>", rows)
        return format_html("<table>{}{}</table>", head, body)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Show one, or take the decision made on it."""
        if request.method == "POST":
            return self._decided(request, object_id)
        return super().change_view(request, object_id, form_url, self._context(request, object_id))

    def _context(self, request: HttpRequest, object_id: str) -> dict[str, Any]:
        approval: Approval | None = self.get_object(request, object_id)
        pending = approval is not None and approval.present_status(clock.now()) == "PENDING"
        may = self._holds(request, permissions.APPROVALS_DECIDE)
        own = approval is not None and approval.requested_by_id == request.user.pk
        return {"may_decide": pending and may and not own, "is_own": pending and may and own}

    def _decided(self, request: HttpRequest, object_id: str) -> HttpResponse:
        if not self._holds(request, permissions.APPROVALS_DECIDE):
            self.message_user(request, _("You may not decide on this."), messages.ERROR)
            return HttpResponseRedirect(request.path)
        by = _actor(request)
        try:
            _take_decision(object_id, request.POST, by)
        except BankError as error:
            if isinstance(error, OwnRequest):
                operations.record_denial(object_id, error, by=by)
            self.message_user(request, error.title(), messages.ERROR)
        else:
            self.message_user(request, _("Decided."), messages.SUCCESS)
        return HttpResponseRedirect(request.path)


def _take_decision(approval_id: str, form: Any, by: Actor) -> None:
    digest = form.get("digest", "")
    if form.get("decision") == "approve":
        operations.approve(approval_id, digest=digest, by=by)
    elif form.get("decision") == "reject":
        note = without_card_numbers(form.get("note", "")[:NOTE_LENGTH])[:NOTE_LENGTH]
        operations.reject(approval_id, digest=digest, note=note, by=by)


def _actor(request: HttpRequest) -> Actor:
    """Return who acts in this session; identity is a room above this one, so settings name it."""
    actor: Actor = import_string(settings.SESSION_ACTOR)(request)
    return actor


def _shown(value: Any) -> str:
    return "–" if value is None else str(value)
