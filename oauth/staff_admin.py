"""What staff see of emergency access and access reviews, and what they do with them."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from approvals.operations import request_approval
from audit.actor import Actor
from bank.access import permissions
from bank.errors import BankError
from bank.site.stepped_admin import Field, Step, SteppedAdmin
from oauth.actors import actor_for_session
from oauth.models import AccessReview, AccessReviewLine, BreakGlass
from oauth.models.break_glass import LONGEST_MINUTES, SHORTEST_MINUTES
from oauth.operations.access_reviews import decide_access
from oauth.operations.break_glass import ROLES, end_break_glass, review_break_glass
from oauth.staff_queries import deeds_under
from watch.admin.shown import timeline


class AskForm(forms.Form):
    """Which role, for how long, why."""

    role = forms.ChoiceField(label=_("role"), choices=[(role, role) for role in ROLES])
    minutes = forms.IntegerField(
        label=_("for how many minutes"), min_value=SHORTEST_MINUTES, max_value=LONGEST_MINUTES, initial=60
    )
    reason = forms.CharField(label=_("why (no names)"), max_length=140)


@admin.register(BreakGlass)
class BreakGlassAdmin(SteppedAdmin):
    """Emergency accesses: asked for by who needs one, approved by somebody else, reviewed by a third."""

    view_permission = permissions.BREAK_GLASS_READ
    add_permission = permissions.BREAK_GLASS_ASK
    fields = (
        "id", "state", "user", "role", "reason", "approved_by", "opened_at", "ends_at", "ended_at",
        "reviewed_by", "reviewed_at", "verdict", "deeds",
    )  # fmt: skip
    readonly_fields = fields
    list_display = ("id", "state", "user", "role", "opened_at", "ends_at", "approved_by", "reviewed_by")
    list_select_related = ("user", "approved_by", "reviewed_by")
    ordering = ("-id",)

    @admin.display(description=_("state"))
    def state(self, glass: BreakGlass) -> Any:
        """Return the state by the clock."""
        if not glass.is_over(timezone.now()):
            return _("in force")
        return _("reviewed") if glass.reviewed_by_id else _("over, to be reviewed")

    @admin.display(description=_("what was done under it"))
    def deeds(self, glass: BreakGlass) -> SafeString:
        """Return every event of the log that carries it."""
        return timeline(deeds_under(glass))

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Show it to who may ask for one, too."""
        return super().has_module_permission(request) or self.has_add_permission(request)

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Ask for emergency access for oneself."""
        if not self.has_add_permission(request):
            return HttpResponseRedirect("/admin/")
        form = AskForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            return self._asked(request, form.cleaned_data)
        context = {**self.admin_site.each_context(request), "form": form, "title": _("Emergency access")}
        return TemplateResponse(request, "site/ask.html", context)

    def _asked(self, request: HttpRequest, asked: dict[str, Any]) -> HttpResponse:
        by, reason = actor_for_session(request), asked["reason"]
        try:
            request_approval("user.break_glass", str(by.user_id), payload=asked, reason=reason, by=by)
        except BankError as error:
            self.message_user(request, error.detail or error.title(), messages.ERROR)
        else:
            self.message_user(request, _("It waits for somebody to approve it."), messages.WARNING)
        return HttpResponseRedirect("/admin/")

    def steps(self, row: BreakGlass) -> Iterable[Step]:
        """Return: end it; once it is over, review it."""
        if not row.is_over(timezone.now()):
            yield Step("end", _("End it now"), permissions.BREAK_GLASS_READ, end_break_glass)
        elif row.reviewed_by_id is None:
            verdict = (Field("verdict", _("Was it needed, and what was done?"), required=True),)
            yield Step("review", _("Review"), permissions.BREAK_GLASS_REVIEW, review_break_glass, verdict)


@admin.register(AccessReview)
class AccessReviewAdmin(SteppedAdmin):
    """Twice a year: who may do what."""

    view_permission = permissions.ACCESS_REVIEWS_READ
    fields = ("id", "opened_at", "due_at", "closed_at", "open_lines", "table")
    readonly_fields = fields
    list_display = ("id", "opened_at", "due_at", "closed_at", "open_lines")
    ordering = ("-id",)

    @admin.display(description=_("still to decide"))
    def open_lines(self, review: AccessReview) -> int:
        """Return how many lines nobody decided on."""
        return review.lines.filter(decision=AccessReviewLine.Decision.UNDECIDED).count()

    @admin.display(description=_("logins"))
    def table(self, review: AccessReview) -> SafeString:
        """Return the lines, each leading to where it is decided."""
        rows = (
            (line.pk, line.user.username, ", ".join(line.roles), line.last_sign_in or "–", line.decision)
            for line in review.lines.select_related("user").order_by("id")
        )
        row = (
            '<tr><th scope="row"><a href="/admin/oauth/accessreviewline/{}/change/">{}</a></th>'
            "<td>{}</td><td>{}</td><td>{}</td></tr>"
        )
        heads = ((name,) for name in (_("login"), _("roles"), _("last sign-in"), _("decision")))
        head = format_html_join("", '<th scope="col">{}</th>', heads)
        return format_html(
            '<div class="scrolls" tabindex="0" role="region" aria-label="{}">'
            "<table><thead><tr>{}</tr></thead><tbody>{}</tbody></table></div>",
            _("logins"), head, format_html_join("", row, rows),
        )  # fmt: skip


@admin.register(AccessReviewLine)
class AccessReviewLineAdmin(SteppedAdmin):
    """One login in a review."""

    view_permission = permissions.ACCESS_REVIEWS_READ
    fields = (
        "review", "user", "role_names", "last_sign_in", "deeds_text", "decision", "reviewer", "decided_at",
        "reason", "approval",
    )  # fmt: skip
    readonly_fields = fields
    list_display = ("user", "role_names", "decision", "reviewer", "decided_at", "review")
    list_select_related = ("user", "reviewer", "review")
    list_filter = ("decision",)
    ordering = ("-id",)

    @admin.display(description=_("roles"))
    def role_names(self, line: AccessReviewLine) -> str:
        """Return the roles held when the review was opened."""
        return ", ".join(line.roles)

    @admin.display(description=_("what the login did in half a year"))
    def deeds_text(self, line: AccessReviewLine) -> str:
        """Return the kinds of events of the log, and how often."""
        return ", ".join(f"{kind} × {count}" for kind, count in sorted(line.deeds.items())) or "–"

    def steps(self, row: AccessReviewLine) -> Iterable[Step]:
        """Return: keep the roles, or ask for them to be taken away."""
        if row.decision == AccessReviewLine.Decision.UNDECIDED:
            why = (Field("reason", _("Why"), required=True),)
            decide = permissions.ACCESS_REVIEWS_DECIDE
            yield Step("keep", _("Keep the roles"), decide, _keep, why)
            yield Step("remove", _("Ask to take the roles away"), decide, _remove, why)


def _keep(line_id: str, *, reason: str, by: Actor) -> None:
    decide_access(line_id, keep=True, reason=reason, by=by)


def _remove(line_id: str, *, reason: str, by: Actor) -> None:
    decide_access(line_id, keep=False, reason=reason, by=by)
