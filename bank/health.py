"""Whether the bank lives, is ready, and how it does: /livez, /readyz, /metrics."""

import logging
from collections.abc import Callable
from typing import Any

from django.core.cache import cache
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe
from rest_framework.views import APIView

from bank.access import permissions
from bank.access.addresses import is_loopback_peer
from bank.access.gate import PUBLIC, NamedPermission, page_for
from bank.celery import app as celery
from bank.observability import metrics

logger = logging.getLogger("bank.health")


@page_for(PUBLIC)
@require_safe
def livez(request: HttpRequest) -> HttpResponse:
    """Answer that this process serves; asks nothing of anybody."""
    return JsonResponse({"status": "ok"})


@page_for(PUBLIC)
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Answer whether every part the bank needs answers; names what is down, never why."""
    parts = {name: works(name, probe) for name, probe in PROBES.items()}
    ready = all(parts.values())
    body = {
        "status": "ok" if ready else "down",
        "parts": {n: "ok" if up else "down" for n, up in parts.items()},
    }
    return JsonResponse(body, status=200 if ready else 503)


class Metrics(APIView):
    """Metrics for a scraper on this machine, or for whoever holds metrics:read."""

    permission = permissions.METRICS_READ
    schema = None

    def get_permissions(self) -> list[Any]:
        """Ask nothing of a peer on loopback that no proxy speaks for."""
        return [] if is_loopback_peer(self.request) else [NamedPermission()]

    def get(self, request: Any) -> HttpResponse:
        """Answer all metrics in Prometheus' text format."""
        return HttpResponse(metrics.exposition(), content_type=metrics.CONTENT_TYPE)


def works(name: str, probe: Callable[[], Any]) -> bool:
    """Return whether a part answers now; what is wrong with it is logged, never told."""
    try:
        probe()
    except Exception as error:  # noqa: BLE001 - whatever is wrong with a part, the answer is that it is down
        logger.warning("a part is down", extra={"part": name, "error_type": type(error).__name__})
        return False
    return True


def _database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _cache() -> None:
    cache.get("readyz")


def _broker() -> None:
    with celery.connection_for_write(connect_timeout=1) as broker:
        broker.ensure_connection(max_retries=1, timeout=1)


_applied: set[str] = set()


def _migrations() -> None:
    """Raise while a migration waits; once all are applied, this process needs no other."""
    if not _applied:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            raise RuntimeError("migrations are waiting")
        _applied.add("all")


PROBES: dict[str, Callable[[], Any]] = {
    "database": _database,
    "cache": _cache,
    "broker": _broker,
    "migrations": _migrations,
}
