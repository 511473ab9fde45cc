"""How gunicorn serves the bank: threads, TLS 1.2 or newer of its own, and limits; read by `gunicorn -c`."""

import ctypes
import os
import signal
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

if shared_counts := os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
    Path(shared_counts).mkdir(parents=True, exist_ok=True)  # before any counter is made

bind = os.environ.get("WEB_BIND", "127.0.0.1:8443").split(",")
worker_class = "deploy.web_worker.GuardedWorker"  # gthread, guarded
preload_app = True  # the code is read once, and shared by the workers
# Threads of one process run Python in turn, and handing over takes time: two processes for each processor,
# with few threads each, answer up to a tenth more (docs/how-to/measure.md). Eight need 24 connections.
workers = int(os.environ.get("WEB_WORKERS") or min(2 * len(os.sched_getaffinity(0)), 8))
threads = int(os.environ.get("WEB_THREADS", "3"))
certfile = os.environ.get("TLS_CERT_FILE") or None
keyfile = os.environ.get("TLS_KEY_FILE") or None
keepalive = 75
timeout = 30
graceful_timeout = 6
max_requests = 0
worker_tmp_dir = os.environ.get("WEB_RUN_DIR") or None
control_socket_disable = True
accesslog = None  # the bank writes its own, without personal data
logger_class = "deploy.web_log.SparingLogger"
forwarded_allow_ips = ""  # who may say where a request came from is decided in the bank (TRUSTED_PROXY_COUNT)
limit_request_line = 8190
limit_request_fields = 64
limit_request_field_size = 8190

PR_SET_PDEATHSIG = 1
SUITES_OF_TLS_1_2 = "ECDHE+AESGCM:!aNULL"  # RFC 9325, 4.2; those of TLS 1.3 are all sound


def ssl_context(_: Any, default: Callable[[], ssl.SSLContext]) -> ssl.SSLContext:
    """Return a context that speaks TLS 1.3, and 1.2 with the suites BCP 195 recommends (FAPI 2.0, 5.2.1)."""
    context = default()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(SUITES_OF_TLS_1_2)
    return context


def when_ready(_: Any) -> None:
    """Close what reading the code opened: a connection cannot be shared by two processes."""
    from django.db import connections

    from bank.memory import keep_what_was_read

    for connection in connections.all(initialized_only=True):
        connection.close()
        connection.close_pool()  # type: ignore[attr-defined]
    keep_what_was_read()


def post_fork(_: Any, worker: Any) -> None:
    """A worker does not outlive its master, however that ends."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != worker.ppid:
        os.kill(os.getpid(), signal.SIGKILL)


def child_exit(_: Any, worker: Any) -> None:
    """Forget the gauges of a worker that ended; what it counted stays."""
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        from prometheus_client import multiprocess

        multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]
