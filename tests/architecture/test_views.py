"""No door without a lock: every view names its permission, or says that it is public."""

from collections.abc import Iterator
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.views import APIView

from bank.access.gate import PUBLIC, SIGNED_IN
from bank.access.permissions import all_permissions


def views(resolver: URLResolver | None = None, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every route with its view."""
    for pattern in (resolver or get_resolver()).url_patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield route, pattern.callback
        else:
            yield from views(pattern, route)


def api_views() -> list[tuple[str, type[APIView]]]:
    return [(route, view.cls) for route, view in views() if issubclass(getattr(view, "cls", object), APIView)]


def methods(view: type[APIView]) -> set[str]:
    return {m.upper() for m in ("get", "post", "put", "patch", "delete") if hasattr(view, m)}


class TestApiViews:
    def test_there_are_some(self) -> None:
        assert len(api_views()) >= 10

    def test_each_names_a_permission_for_each_method(self) -> None:
        known = {*all_permissions(), PUBLIC, SIGNED_IN}
        for route, view in api_views():
            permission = getattr(view, "permission", None)
            named = permission if isinstance(permission, dict) else dict.fromkeys(methods(view), permission)
            assert methods(view) <= set(named), route
            assert set(named.values()) <= known, route

    def test_everything_under_v1_is_such_a_view(self) -> None:
        api = {route for route, _ in api_views()}
        plain = {route for route, _ in views() if route.startswith("v1/") and route not in api}
        assert plain <= {"v1/<path:rest>"}
