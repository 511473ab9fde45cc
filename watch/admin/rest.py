"""Rules, daily reviews, notices."""

from collections.abc import Iterable

from django.contrib import admin
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from approvals.operations import request_approval
from audit.actor import Actor
from bank.access import permissions
from bank.site.role_bound_admin import RoleBoundAdmin
from bank.site.stepped_admin import Field, Step, SteppedAdmin
from watch import operations, review_key
from watch.errors import NoWholeNumber
from watch.kinds import KINDS
from watch.models import DailyReview, Notice, RuleSetting


@admin.register(RuleSetting)
class RuleAdmin(SteppedAdmin):
    """How many are too many; two people change it."""

    view_permission = permissions.ALERTS_READ
    fields = ("name", "meaning", "threshold", "window_seconds", "look_within_minutes", "is_on", "version")
    readonly_fields = fields
    list_display = ("name", "meaning", "threshold", "window_seconds", "look_within_minutes", "is_on")
    ordering = ("name",)

    @admin.display(description=_("meaning"))
    def meaning(self, setting: RuleSetting) -> str:
        """Return in a sentence what the rule looks for."""
        return KINDS[setting.name].meaning

    def steps(self, row: RuleSetting) -> Iterable[Step]:
        """Return: ask for other numbers."""
        fields = (
            Field("threshold", _("How many"), value=str(row.threshold), required=True),
            Field(
                "window_seconds", _("Within how many seconds"), value=str(row.window_seconds), required=True
            ),
            Field(
                "look_within_minutes",
                _("Look within minutes"),
                value=str(row.look_within_minutes),
                required=True,
            ),
            Field("is_on", _("On"), ("yes", "no"), value="yes" if row.is_on else "no"),
            Field("reason", _("Why"), required=True),
        )
        yield Step("change", _("Ask for other numbers"), permissions.RULES_CHANGE, _ask_to_change, fields)


@admin.register(DailyReview)
class DailyReviewAdmin(SteppedAdmin):
    """The signed review of each day."""

    view_permission = permissions.ALERTS_READ
    fields = (
        "day",
        "first_index",
        "end_index",
        "signature",
        "made_at",
        "signed_off_by",
        "signed_off_at",
        "text",
    )
    readonly_fields = fields
    list_display = ("day", "first_index", "end_index", "made_at", "signed_off_by", "signed_off_at")
    list_select_related = ("signed_off_by",)
    ordering = ("-day",)

    @admin.display(description=_("signature"))
    def signature(self, review: DailyReview) -> str:
        """Return whether the bank's key signed exactly this text."""
        try:
            holds = review_key.is_ours(review.note)
        except (OSError, ValueError):
            return str(_("The key is not at hand here: manage.py verify_review checks it."))
        return str(
            _("✓ The bank's key signed this text.") if holds else _("✗ NOT what the bank's key signed.")
        )

    @admin.display(description=_("signed text"))
    def text(self, review: DailyReview) -> SafeString:
        """Return the note as it was signed."""
        return format_html('<pre class="audit">{}</pre>', review.note)

    def steps(self, row: DailyReview) -> Iterable[Step]:
        """Return: sign it off."""
        if row.signed_off_by_id is None:
            yield Step(
                "sign_off", _("I read it: sign off"), permissions.INCIDENTS_MANAGE, operations.sign_off_review
            )


@admin.register(Notice)
class NoticeAdmin(RoleBoundAdmin):
    """Who was told of what, and whether that worked."""

    view_permission = permissions.ALERTS_READ
    fields = readonly_fields = (
        "id", "about", "kind", "severity", "occasion", "channel", "status", "attempts", "made_at",
        "due_at", "sent_at",
    )  # fmt: skip
    list_display = ("id", "about", "kind", "occasion", "channel", "status", "attempts", "sent_at")
    list_filter = ("status", "channel")
    ordering = ("-id",)


def _ask_to_change(name: str, *, is_on: str, reason: str, by: Actor, **numbers: str) -> None:
    if not all(text.isascii() and text.isdigit() for text in numbers.values()):
        raise NoWholeNumber()
    payload = {field: int(text) for field, text in numbers.items()} | {"is_on": is_on == "yes"}
    request_approval("rule.change", name, payload=payload, reason=reason or "–", by=by)
