"""The inventory of keys in the admin: which there are, what lies under them, which should be renewed."""

from collections.abc import Iterable

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from audit import trust
from bank import clock
from bank.access import permissions
from bank.crypto.facts import KeyFact
from bank.crypto.inventory import known_keys
from bank.site.admin_site import Page


def add() -> None:
    """Put the page into the admin."""
    admin.site.add_page(Page("keys/", "keys", _("Keys"), permissions.KEYS_READ, _page))  # type: ignore[attr-defined]


def log_keys() -> Iterable[KeyFact]:
    """Return the log's keys, as the policy names them."""
    for key in trust.policy().logs:
        yield KeyFact("audit log", f"{key.name}+{key.id.hex()}", "Ed25519", "signs")


def _page(request: HttpRequest) -> HttpResponse:
    today = clock.today()
    keys = [(key, key.is_overdue(today)) for key in known_keys()]
    context = {**admin.site.each_context(request), "title": _("Keys"), "keys": keys}
    return render(request, "audit/keys.html", context)
