"""The security page: ways to sign in, and where somebody is signed in now."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from allauth.mfa.base import views as mfa_views
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from bank.access.gate import SIGNED_IN, page_for
from bank.access.rate_limits import limit
from bank.site.idle import SEEN_AT
from oauth import queries
from oauth.actors import actor_for_session
from oauth.notices import device_in_words
from oauth.operations import sessions
from oauth.sign_in import SESSION_ID


@dataclass(frozen=True, slots=True)
class Place:
    """One session in its owner's words; when it was used is told by the hour."""

    id: str
    device: str
    is_this: bool
    began_at: datetime
    used_at: datetime


class SecurityView(mfa_views.IndexView):  # type: ignore[misc]
    """Ways to sign in, and sessions."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the sessions, this one first."""
        this = self.request.session.get(SESSION_ID)
        found = queries.list_sessions(owned_by=actor_for_session(self.request))
        places = [_place(session, data, this) for session, data in found]
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return {**context, "places": sorted(places, key=lambda place: not place.is_this)}


@page_for(SIGNED_IN)
@limit("pages")
@require_POST
def end_one(request: HttpRequest, session_id: str) -> HttpResponse:
    """End one session of one's own at once; raises SessionNotFound."""
    sessions.end_session(session_id, by=actor_for_session(request), reason="by_its_owner")
    messages.success(request, _("That device is signed out."))
    return redirect("mfa_index")


@page_for(SIGNED_IN)
@limit("pages")
@require_POST
def end_others(request: HttpRequest) -> HttpResponse:
    """End every session but this one."""
    by, this = actor_for_session(request), request.session.get(SESSION_ID)
    sessions.end_sessions_of(str(by.user_id), by=by, reason="by_its_owner", but=this)
    messages.success(request, _("Every other device is signed out."))
    return redirect("mfa_index")


def _place(session: Any, data: dict[str, Any], this: str | None) -> Place:
    seen_at = data.get(SEEN_AT)
    used_at = datetime.fromtimestamp(float(seen_at), UTC) if seen_at else session.created_at
    return Place(
        id=session.id,
        device=device_in_words(session.device),
        is_this=session.id == this,
        began_at=session.created_at,
        used_at=used_at.replace(minute=0, second=0, microsecond=0),
    )


security = SecurityView.as_view()
