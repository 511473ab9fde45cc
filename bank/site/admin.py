"""The allow and deny lists of addresses, for platform admins; each rule added or removed leaves a trace."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db import transaction
from django.db.models import DateTimeField
from django.http import HttpRequest

from bank.access import ip_gate, permissions
from bank.access.models import IpRule
from bank.site.role_bound_admin import RoleBoundAdmin

MOMENT = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")


@admin.register(IpRule)
class IpRuleAdmin(RoleBoundAdmin):
    """Rules are added and removed, never edited: the trail then says which rule stood when."""

    view_permission = permissions.IP_RULES_READ
    add_permission = permissions.IP_RULES_MANAGE
    delete_permission = permissions.IP_RULES_MANAGE
    trail_kinds: ClassVar = {"add": "ip_rule.added", "change": "ip_rule.changed", "delete": "ip_rule.removed"}
    trail_target = "ip_rule"
    fields = ("effect", "scope", "network", "reason", "expires_at")
    # One plain field in place of the admin's two with a calendar, whose script writes inline styles.
    formfield_overrides: ClassVar = {DateTimeField: {"form_class": forms.DateTimeField, "widget": MOMENT}}
    list_display = ("network", "effect", "scope", "reason", "created_by", "created_at", "expires_at")
    list_filter = ("effect", "scope")

    def save_model(self, request: HttpRequest, obj: IpRule, form: Any, change: bool) -> None:
        """Write down who made the rule."""
        obj.created_by = request.user  # type: ignore[assignment]
        super().save_model(request, obj, form, change)
        transaction.on_commit(ip_gate.forget)

    def delete_model(self, request: HttpRequest, obj: IpRule) -> None:
        """Remove the rule, at once for this process."""
        super().delete_model(request, obj)
        transaction.on_commit(ip_gate.forget)
