"""Ends a session that nobody used for a while: sooner for staff than for customers."""

import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

SEEN_AT = "seen_at"
WRITE_EVERY_SECONDS = 30


class IdleLimitMiddleware:
    """Sign out whoever was away for longer than their limit (seconds, from the settings)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated:
            idle_seconds = _idle_seconds(request.session)
            if idle_seconds > _limit_seconds(request.user):
                logout(request)
                return redirect(f"{settings.LOGIN_URL}?{urlencode({'next': _way_back(request), 'idle': 1})}")
            _mark_seen(request.session, idle_seconds)
        return self.get_response(request)


def _idle_seconds(session: Any) -> float:
    now = time.time()
    return now - float(session.get(SEEN_AT, now))


def _limit_seconds(user: Any) -> int:
    return int(settings.STAFF_IDLE_SECONDS if user.is_staff else settings.CUSTOMER_IDLE_SECONDS)


def _way_back(request: HttpRequest) -> str:
    return request.get_full_path() if request.method == "GET" else "/account/"


def _mark_seen(session: Any, idle_seconds: float) -> None:
    """Write at most every half minute: a session row is not rewritten for each page."""
    if SEEN_AT not in session or idle_seconds > WRITE_EVERY_SECONDS:
        session[SEEN_AT] = time.time()
