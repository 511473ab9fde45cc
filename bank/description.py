"""Serves the OpenAPI document: made once per process, because it costs a second and anybody may ask."""

from functools import cache
from typing import Any

from django.http import HttpResponse
from drf_spectacular.generators import SchemaGenerator
from rest_framework.views import APIView

from bank.access.gate import PUBLIC
from bank.wire.renderers import dumps


class Description(APIView):
    """What this API is, in OpenAPI 3.1."""

    permission = PUBLIC
    authentication_classes: list[Any] = []
    schema = None

    def get(self, request: Any) -> HttpResponse:
        """Answer the document."""
        return HttpResponse(document(), content_type="application/json")


@cache
def document() -> bytes:
    """Return the OpenAPI document as JSON."""
    return dumps(SchemaGenerator().get_schema(request=None, public=True))  # type: ignore[no-untyped-call]
