"""The allow and deny lists of addresses, for platform admins; each rule added or removed leaves a trace."""

import ipaddress
from collections.abc import Iterable
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db import transaction
from django.db.models import DateTimeField
from django.http import HttpRequest

from bank.access import ip_gate, permissions
from bank.access.addresses import client_address
from bank.access.models import IpRule
from bank.site.role_bound_admin import RoleBoundAdmin

SHUT_OUT = "This would shut you out: you work from {}."
MOMENT = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")


class IpRuleForm(forms.ModelForm):  # type: ignore[type-arg]
    """A rule that leaves its maker at their desk: with a wrong one, nobody could take it away again."""

    address: ClassVar[str]

    def clean(self) -> dict[str, Any]:
        """Refuse what would lock all customers out, or the address the rule is made from."""
        told = super().clean() or {}
        effect, scope, network = (told.get(name) for name in ("effect", "scope", "network"))
        if (effect, scope) == ("allow", "everything"):
            self.add_error("scope", "Only the admin has a list of those allowed in: choose it, or deny.")
        elif effect and scope and network and self._shuts_out(effect, scope, network):
            self.add_error("network", SHUT_OUT.format(self.address))
        return told

    def _shuts_out(self, effect: str, scope: str, network: str) -> bool:
        try:
            rule = ip_gate.Rule("new", effect, scope, ipaddress.ip_network(network))
        except ValueError:
            return False  # the model says so
        return _refuses((*ip_gate.rules_as_they_stand(), rule), self.address)


def _refuses(rules: Iterable[ip_gate.Rule], address: str) -> bool:
    return bool(ip_gate.refusal(rules, ipaddress.ip_address(address), admin=True))


@admin.register(IpRule)
class IpRuleAdmin(RoleBoundAdmin):
    """Rules are added and removed, never edited: the trail then says which rule stood when."""

    view_permission = permissions.IP_RULES_READ
    add_permission = permissions.IP_RULES_MANAGE
    delete_permission = permissions.IP_RULES_MANAGE
    form = IpRuleForm
    trail_kinds: ClassVar = {"add": "ip_rule.added", "change": "ip_rule.changed", "delete": "ip_rule.removed"}
    trail_target = "ip_rule"
    fields = ("effect", "scope", "network", "reason", "expires_at")
    # One plain field in place of the admin's two with a calendar, whose script writes inline styles.
    formfield_overrides: ClassVar = {DateTimeField: {"form_class": forms.DateTimeField, "widget": MOMENT}}
    list_display = ("network", "effect", "scope", "reason", "created_by", "created_at", "expires_at")
    list_filter = ("effect", "scope")

    def get_form(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Return the form, told where the request comes from; each request has a class of its own."""
        form = super().get_form(request, *args, **kwargs)
        form.address = client_address(request)  # type: ignore[attr-defined]
        return form

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Return what goes; a removal that shuts out who asks for it is said to be impossible."""
        to_delete, counts, perms_needed, protected = super().get_deleted_objects(objs, request)
        gone, address = {rule.pk for rule in objs}, client_address(request)
        if _refuses([rule for rule in ip_gate.rules_as_they_stand() if rule.id not in gone], address):
            protected = [*protected, SHUT_OUT.format(address)]
        return to_delete, counts, perms_needed, protected

    def save_model(self, request: HttpRequest, obj: IpRule, form: Any, change: bool) -> None:
        """Write down who made the rule."""
        obj.created_by = request.user  # type: ignore[assignment]
        super().save_model(request, obj, form, change)
        transaction.on_commit(ip_gate.forget)

    def delete_model(self, request: HttpRequest, obj: IpRule) -> None:
        """Remove the rule, at once for this process."""
        super().delete_model(request, obj)
        transaction.on_commit(ip_gate.forget)
