"""Endpoints of a developer's own app, and what was delivered there. Somebody else's app is not found."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from audit.actor import Actor
from bank.access import permissions
from bank.access.gate import page_for
from bank.access.rate_limits import limit
from bank.errors import BankError
from bank.language import detail_of, in_words
from events import queries
from events.models import WebhookEndpoint
from events.operations import deliveries, endpoints
from events.pages.forms import EndpointForm
from oauth.actors import actor_for_session
from oauth.queries import get_app_of

SHOWN = 50
Status = WebhookEndpoint.Status


@page_for(permissions.WEBHOOKS_MANAGE)
@limit("pages")
@require_http_methods(["GET", "HEAD", "POST"])
def webhooks(request: HttpRequest, client_id: str) -> HttpResponse:
    """List an app's endpoints, or add one; raises ClientNotFound for somebody else's app."""
    app, by = _own_app(request, client_id)
    form = EndpointForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            return _shown(request, app, endpoints.add_endpoint(form.wanted(), by=by), with_secret=True)
        except BankError as error:
            form.add_error(None, detail_of(error))
    rows = queries.list_endpoints(owned_by=by)
    context = {"app": app, "form": form, "endpoints": rows, "most": endpoints.MOST_ENDPOINTS}
    return render(request, "events/webhooks.html", context, status=422 if form.errors else 200)


@page_for(permissions.WEBHOOKS_MANAGE)
@limit("pages")
@require_http_methods(["GET", "HEAD", "POST"])
def endpoint(request: HttpRequest, client_id: str, endpoint_id: str) -> HttpResponse:
    """Show an endpoint and its latest deliveries, or take a step with it."""
    app, by = _own_app(request, client_id)
    found = queries.get_endpoint(endpoint_id, owned_by=by)
    step = request.POST.get("step", "") if request.method == "POST" else ""
    if step == "rotate":
        return _shown(request, app, endpoints.rotate_secret(found.id, by=by), with_secret=True)
    if step not in _STEPS:
        return _shown(request, app, found)
    _try(request, lambda: _STEPS[step](found.id, by))
    return redirect("developer-webhooks", client_id) if step == "remove" else redirect(request.path)


@page_for(permissions.WEBHOOKS_MANAGE)
@limit("pages")
@require_safe
def delivery(request: HttpRequest, client_id: str, endpoint_id: str, delivery_id: str) -> HttpResponse:
    """Show one delivery: each attempt, exactly what was signed, what came back."""
    app, by = _own_app(request, client_id)
    found = queries.get_endpoint(endpoint_id, owned_by=by)
    row = queries.get_delivery(found, delivery_id)
    context = {"app": app, "endpoint": found, "delivery": row, "log": queries.list_attempts(row)}
    return render(request, "events/delivery.html", context)


@page_for(permissions.WEBHOOKS_MANAGE)
@limit("pages")
@require_POST
def redeliver(request: HttpRequest, client_id: str, endpoint_id: str, delivery_id: str) -> HttpResponse:
    """Deliver once more."""
    _app, by = _own_app(request, client_id)
    if _try(request, lambda: deliveries.redeliver(endpoint_id, delivery_id, by=by)):
        messages.success(request, _("It goes out again now, under the same id."))
    return redirect("developer-webhook-delivery", client_id, endpoint_id, delivery_id)


_STEPS: dict[str, Callable[[str, Actor], Any]] = {
    "test": lambda id_, by: endpoints.test_endpoint(id_, by=by),
    "disable": lambda id_, by: endpoints.change_endpoint(id_, {"status": Status.DISABLED}, by=by),
    "enable": lambda id_, by: endpoints.change_endpoint(id_, {"status": Status.ENABLED}, by=by),
    "remove": lambda id_, by: endpoints.remove_endpoint(id_, by=by),
}


def _own_app(request: HttpRequest, client_id: str) -> tuple[Any, Actor]:
    """Return the developer's app, and the developer as who acts for it; raises ClientNotFound."""
    app = get_app_of(client_id, str(request.user.pk))
    return app, replace(actor_for_session(request), client_id=app.client_id)


def _shown(
    request: HttpRequest, app: Any, found: WebhookEndpoint, *, with_secret: bool = False
) -> HttpResponse:
    """Show an endpoint; its secret only in the answer to the form that made it."""
    context = {
        "app": app,
        "endpoint": found,
        "secret": found.secret if with_secret else "",
        "is_overlapping": queries.is_overlapping(found),
        "deliveries": queries.list_deliveries(found, limit=SHOWN),
    }
    return render(request, "events/endpoint.html", context)


def _try(request: HttpRequest, step: Callable[[], Any]) -> bool:
    try:
        step()
    except BankError as error:
        messages.error(request, in_words(error))
        return False
    return True
