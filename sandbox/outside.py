"""The world outside, played: the control door of the rail's simulator (railsim/control.py)."""

from http import HTTPStatus
from typing import Any

import urllib3
from django.conf import settings

from bank import clock
from bank.errors import NotFound
from payments.errors import RailDown

SECONDS = 5.0

Said = dict[str, Any]


def tell(method: str, path: str, body: Said | None = None) -> Said:
    """Ask something of the outside and return what it says; raises RailDown, NotFound. In no transaction."""
    if not settings.RAIL_URL:
        raise RailDown()
    url = f"{settings.RAIL_URL.rstrip('/')}/control/{path}"
    try:
        told = {**(body or {}), "now": clock.now().isoformat()}
        answer = urllib3.request(method, url, json=told, timeout=SECONDS, retries=False, redirect=False)
    except urllib3.exceptions.HTTPError as error:
        raise RailDown() from error
    if answer.status == HTTPStatus.NOT_FOUND:
        raise NotFound()
    if answer.status >= HTTPStatus.BAD_REQUEST:
        raise RailDown()
    said: Said = answer.json()
    return said
