"""The WSGI entry point for gunicorn."""

import os
from collections.abc import Iterable
from typing import Any

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bank.settings")
os.environ.setdefault("BANK_PROCESS", "web")  # read by the settings: connection pool, short timeouts

bank = get_wsgi_application()

from bank.checks import refuse_to_start  # noqa: E402 - needs the apps loaded

refuse_to_start()


def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Answer one request; one that names no host is not taken for one to us (RFC 9112, 3.2)."""
    environ.setdefault("HTTP_HOST", "")
    return bank(environ, start_response)
