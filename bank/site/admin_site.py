"""The admin's door: staff only, with a second factor used in this session, whichever page they ask for."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.contrib.auth import logout
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _

from bank.site import second_factor, tiles
from bank.site.role_bound_admin import RoleBoundAdmin


@dataclass(frozen=True)
class Page:
    """A page of the admin that belongs to no model: where it is, who may open it, and its view."""

    path: str
    name: str
    title: Any
    permission: str
    view: Callable[[HttpRequest], HttpResponse]

    def is_open_to(self, request: HttpRequest) -> bool:
        """Return whether this person's roles open the page."""
        return bool(request.user.has_perm(self.permission))

    def guarded(self, request: HttpRequest) -> HttpResponse:
        """Answer whoever may see it; raises PermissionDenied."""
        if not self.is_open_to(request):
            raise PermissionDenied
        return self.view(request)

    def as_model(self) -> dict[str, Any]:
        """Return what the admin's list of models shows of it."""
        url = reverse(f"admin:{self.name}")
        return {
            "name": self.title,
            "object_name": self.name,
            "admin_url": url,
            "view_only": True,
            "perms": {},
        }


class BankAdminSite(admin.AdminSite):
    """The stock admin behind the bank's own sign-in; there is no second password form."""

    site_header = _("Harbour Bank staff")
    site_title = _("Harbour Bank staff")
    index_title = _("What you may see")
    site_url = "/"
    enable_nav_sidebar = True

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Take only pages that name their permission: what libraries register by themselves stays out."""
        if isinstance(admin_class, type) and issubclass(admin_class, RoleBoundAdmin):
            super().register(model_or_iterable, admin_class, **options)

    def add_page(self, page: "Page") -> None:
        """Take a page that belongs to no model."""
        self._pages = [*getattr(self, "_pages", []), page]

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Guard a page: who opens it is asked first, then whether what was sent is text."""
        return super().admin_view(_taking_text(view), cacheable)

    def get_urls(self) -> list[Any]:
        """Put the pages before the models."""
        pages = [path(page.path, self.admin_view(page.guarded), name=page.name) for page in self.pages]
        return [*pages, *super().get_urls()]

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """List the pages this person may open before the models."""
        pages = [page.as_model() for page in self.pages if page.is_open_to(request)]
        own = {
            "name": _("The bank"),
            "app_label": "bank",
            "app_url": "",
            "has_module_perms": True,
            "models": pages,
        }
        return [*([own] if pages and app_label is None else []), *super().get_app_list(request, app_label)]

    @property
    def pages(self) -> list["Page"]:
        """The pages that belong to no model."""
        return getattr(self, "_pages", [])

    def has_permission(self, request: HttpRequest) -> bool:
        """Say whether the admin opens: an active member of staff who used a second factor to get here."""
        user = request.user
        return user.is_active and getattr(user, "is_staff", False) and second_factor.was_used(request)

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Send the person to what is missing: sign-in, the code, enrolment; raises PermissionDenied."""
        if not request.user.is_authenticated:
            return _send_to("account_login", request)
        if not getattr(request.user, "is_staff", False):
            raise PermissionDenied
        if not second_factor.is_enrolled(request.user):
            return redirect(reverse("mfa_index"))
        if not second_factor.was_used(request):
            return _send_to("mfa_reauthenticate", request)
        return redirect(reverse("admin:index"))

    def index(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """Show how the bank does, then what this person may see."""
        shown = {"tiles": tiles.tiles_for(request.user), "charts": tiles.charts_for(request.user)}
        return super().index(request, {**shown, **(extra_context or {})})

    def logout(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """End the session and go to the front door."""
        logout(request)
        return redirect("/")

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """Lead to the one page where passwords are changed: counted, recorded, ending other sessions."""
        return redirect(reverse("account_change_password"))


def _send_to(url_name: str, request: HttpRequest) -> HttpResponse:
    asked_for = request.GET.get("next") or reverse("admin:index")
    return redirect(f"{reverse(url_name)}?{urlencode({'next': asked_for})}")


def _taking_text(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Raise BadRequest for a filter or a field with a NUL, which is no text to PostgreSQL."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        sent = [*request.GET.lists(), *request.POST.lists()]
        if any("\x00" in value for _, values in sent for value in values):
            raise BadRequest
        return view(request, *args, **kwargs)

    return guarded
