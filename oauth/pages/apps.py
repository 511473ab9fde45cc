"""The apps a person let in: what each sees, until when, and the way to stop it in two clicks."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from bank import clock
from bank.access.gate import SIGNED_IN, page_for
from bank.access.rate_limits import limit
from oauth import operations, queries
from oauth.actors import actor_for_session
from oauth.operations.accesses import keep_noted
from oauth.pages.connections import Connection, connection_of


@page_for(SIGNED_IN)
@limit("pages")
@require_safe
def connected(request: HttpRequest) -> HttpResponse:
    """List the apps that see something now, then those that no longer do."""
    keep_noted()
    now = clock.now()
    consents = queries.list_consents(owned_by=actor_for_session(request))
    # Staff may read every consent, in the admin; this page is about one's own.
    connections = [connection_of(consent, now) for consent in consents if consent.user_id == request.user.pk]
    context = {
        "current": [connection for connection in connections if connection.in_force],
        "past": [connection for connection in connections if not connection.in_force],
    }
    return render(request, "oauth/connected_apps.html", context)


@page_for(SIGNED_IN)
@limit("pages")
@require_http_methods(["GET", "HEAD", "POST"])
def stop(request: HttpRequest, consent_id: str) -> HttpResponse:
    """Ask once, then end the consent; its tokens are dead at once. Raises NotFound for somebody else's."""
    connection = _own_connection(request, consent_id)
    if request.method != "POST":
        return render(request, "oauth/stop_sharing.html", {"connection": connection})
    operations.revoke_consent(consent_id=consent_id, by=actor_for_session(request))
    messages.success(request, _("%(app)s can no longer see your accounts.") % {"app": connection.app_name})
    return redirect("connected-apps")


def _own_connection(request: HttpRequest, consent_id: str) -> Connection:
    consent = queries.get_consent(consent_id, owned_by=actor_for_session(request))
    if consent.user_id != request.user.pk:
        raise Http404
    return connection_of(consent, clock.now())
