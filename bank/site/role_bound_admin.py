"""The base of every page in the admin: opens by permission name, reads only, leaves a trace when it writes.

class AccountAdmin(RoleBoundAdmin):
    view_permission = permissions.ACCOUNTS_READ_ANY       # without the others nobody adds, changes or deletes
"""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import BadRequest, ValidationError
from django.db.models import Field, Model
from django.http import HttpRequest

from bank.privacy.card_numbers import refuse_card_numbers
from bank.site.signals import tell


class RoleBoundAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """A page whose rights are named permissions of the roles held; none named, none held."""

    view_permission: ClassVar[str] = ""
    add_permission: ClassVar[str] = ""
    change_permission: ClassVar[str] = ""
    delete_permission: ClassVar[str] = ""
    # What the trail calls each kind of write, and the thing written.
    trail_kinds: ClassVar[dict[str, str]] = {
        "add": "admin.changed",
        "change": "admin.changed",
        "delete": "admin.changed",
    }
    trail_target: ClassVar[str] = ""
    show_full_result_count = False
    list_per_page = 50

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._holds(request, self.view_permission)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self._holds(request, self.add_permission)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._holds(request, self.change_permission)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._holds(request, self.delete_permission)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def formfield_for_dbfield(self, db_field: Field[Any, Any], request: HttpRequest, **kwargs: Any) -> Any:
        """Return the form's field; text with a card number in it is refused."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if isinstance(field, forms.CharField):
            field.validators.append(refuse_card_numbers)
        return field

    def response_action(self, request: HttpRequest, queryset: Any, *args: Any, **kwargs: Any) -> Any:
        """Do what was chosen with the rows chosen; raises BadRequest for a row of which no id is sent."""
        try:
            for chosen in request.POST.getlist(ACTION_CHECKBOX_NAME):
                self.opts.pk.to_python(chosen)
        except ValidationError as error:
            raise BadRequest from error
        return super().response_action(request, queryset, *args, **kwargs)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Write and tell the trail, in the one transaction the admin opened."""
        before = {name: form.initial.get(name) for name in form.changed_data} if change else {}
        super().save_model(request, obj, form, change)
        changes = {
            name: (str(before.get(name, "")), str(form.cleaned_data.get(name))) for name in form.changed_data
        }
        tell(request, self.trail_kinds["change" if change else "add"], self._target(obj), changes)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Remove and tell the trail, in the one transaction the admin opened."""
        target = self._target(obj)
        super().delete_model(request, obj)
        tell(request, self.trail_kinds["delete"], target, {"was": str(obj)})

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        """Remove several, each with its own trace."""
        for obj in queryset:
            self.delete_model(request, obj)

    def _target(self, obj: Model) -> tuple[str, str]:
        return self.trail_target or obj._meta.model_name or "", str(obj.pk)

    @staticmethod
    def _holds(request: HttpRequest, permission: str) -> bool:
        user = request.user
        return bool(permission) and user.is_active and user.has_perm(permission)
