"""A page of the admin that shows one thing, read only, and the steps that are open to who looks.

    class AlertAdmin(SteppedAdmin):
        def steps(self, row):
            yield Step("acknowledge", _("Acknowledge"), permissions.ALERTS_DECIDE, acknowledge_alert)

A step calls one operation with the row's key, what its fields say, and `by`.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from bank.errors import BankError
from bank.site.role_bound_admin import RoleBoundAdmin


@dataclass(frozen=True, slots=True)
class Field:
    """What a step asks for: a line of text, or one of `choices`."""

    name: str
    label: Any
    choices: tuple[str, ...] = ()
    value: str = ""
    required: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One thing staff can do with what is shown: a button, with the fields it asks for above it."""

    name: str
    label: Any
    permission: str
    do: Callable[..., object]
    fields: tuple[Field, ...] = ()


class SteppedAdmin(RoleBoundAdmin):
    """A page that shows one thing, read only, and the steps that are open to who looks."""

    change_form_template = "site/steps.html"

    def steps(self, row: Any) -> Iterable[Step]:
        """Return the steps that are open now."""
        return ()

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Show one, or take a step with it."""
        row: Any = self.get_object(request, object_id) if self.has_view_permission(request) else None
        steps = [s for s in self.steps(row) if self._holds(request, s.permission)] if row else []
        if request.method == "POST":
            return self._stepped(request, row, steps)
        return super().change_view(request, object_id, form_url, {"steps": steps})

    def _stepped(self, request: HttpRequest, row: Any, steps: list[Step]) -> HttpResponse:
        chosen = next((step for step in steps if step.name == request.POST.get("step")), None)
        if chosen is None:
            self.message_user(request, _("This cannot be done now, or not by you."), messages.ERROR)
            return HttpResponseRedirect(request.path)
        given = {f.name: request.POST.get(f"{chosen.name}_{f.name}", "")[:140] for f in chosen.fields}
        actor = import_string(settings.SESSION_ACTOR)(request)
        try:
            chosen.do(row.pk, **given, by=actor)
        except BankError as error:
            self.message_user(request, error.title(), messages.ERROR)
        else:
            self.message_user(request, _("Done: %s.") % chosen.label, messages.SUCCESS)
        return HttpResponseRedirect(request.path)
