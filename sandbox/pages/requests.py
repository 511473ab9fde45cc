"""The latest requests of a developer's own app, and what the bank did with one of them."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from bank.access.gate import page_for
from bank.access.permissions import CLIENTS_REGISTER
from bank.access.rate_limits import limit
from bank.errors import NotFound
from bank.observability import glass_box
from oauth.queries import get_app_of


@page_for(CLIENTS_REGISTER)
@limit("pages")
@never_cache
@require_safe
def requests(request: HttpRequest, client_id: str) -> HttpResponse:
    """List the requests kept, the newest first; a request id typed in leads to its page."""
    app = get_app_of(client_id, str(request.user.pk))
    found = [_shown(trace) for trace in glass_box.list_of_app(app.client_id)]
    wanted = request.GET.get("request_id", "").strip()
    if any(trace["request_id"] == wanted for trace in found):
        return redirect("developer-request", app.client_id, wanted)
    context = {
        "app": app,
        "requests": found,
        "wanted": wanted,
        "minutes": glass_box.KEPT_SECONDS // 60,
        "most": glass_box.KEPT_FOR_AN_APP,
    }
    return render(request, "sandbox/requests.html", context)


@page_for(CLIENTS_REGISTER)
@limit("pages")
@never_cache
@require_safe
def one_request(request: HttpRequest, client_id: str, request_id: str) -> HttpResponse:
    """Show which practices acted on a request; raises NotFound once it is forgotten."""
    app = get_app_of(client_id, str(request.user.pk))
    for trace in glass_box.list_of_app(app.client_id):
        if trace["request_id"] == request_id:
            return render(request, "sandbox/request.html", {"app": app, "trace": _shown(trace)})
    raise NotFound()


def _shown(trace: dict[str, Any]) -> dict[str, Any]:
    mark = "good" if trace["status"] < 400 else "bad"
    return {**glass_box.explained(trace), "began_at": datetime.fromisoformat(trace["began_at"]), "mark": mark}
