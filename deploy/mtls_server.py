"""How gunicorn serves the bank where client certificates are asked for (RFC 8705).

Everything else is as in deploy/web_server.py. The handshake proves that the caller holds the key of its
certificate. It is completed for certificates of the named authorities and for those clients registered;
whose certificate it is, the bank decides for each request.
"""

import os
import ssl
from collections.abc import Callable
from typing import Any

from deploy.web_server import *  # noqa: F403 - the same server, but for what stands below
from deploy.web_server import ssl_context as public_ssl_context

bind = os.environ.get("MTLS_BIND", "127.0.0.1:8447").split(",")
workers = int(os.environ.get("MTLS_WORKERS", "1"))
threads = 8  # it is asked seldom: one process is enough, and must not wait for one slow caller


def ssl_context(  # type: ignore[no-redef]  # asks for more than what was imported
    config: Any, default: Callable[[], ssl.SSLContext]
) -> ssl.SSLContext:
    """Return a context that asks for a certificate, made anew: who registers one can use it in seconds."""
    from oauth.handshake import acceptable_certificates

    context = public_ssl_context(config, default)
    context.verify_mode = ssl.CERT_OPTIONAL
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN  # a registered certificate stands for itself
    if acceptable := acceptable_certificates():
        context.load_verify_locations(cadata=acceptable)
    return context
