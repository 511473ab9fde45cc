"""What a person allowed whom: the list, and the end of one."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.response import Response
from rest_framework.views import APIView

from bank.access import permissions
from bank.wire.pages import PageQuery, page, read_cursor
from oauth import queries
from oauth.api.serializers import ConsentPageSerializer, ConsentSerializer, said
from oauth.operations import revoke_consent


class ConsentList(APIView):
    """A person's consents, the newest first; an app sees those it was given itself."""

    permission = permissions.CONSENTS_READ
    query_class = PageQuery

    @extend_schema(operation_id="list_consents", responses=ConsentPageSerializer, tags=["Me"])
    def get(self, request: Any) -> Response:
        """List consents."""
        asked = PageQuery.read(request)
        after = read_cursor(request, asked)
        rows = queries.list_consents(
            owned_by=request.auth, before=after["id"] if after else None, limit=asked["limit"] + 1
        )
        return page(request, rows, limit=asked["limit"], key=lambda row: {"id": row.id}, item=said)


class RevokeConsent(APIView):
    """The end of a consent, at once."""

    permission = permissions.CONSENTS_REVOKE

    @extend_schema(operation_id="revoke_consent", request=None, responses=ConsentSerializer, tags=["Me"])
    def post(self, request: Any, consent_id: str) -> Response:
        """Stop sharing. Revoking one that has ended changes nothing."""
        revoke_consent(consent_id, by=request.auth)
        return Response(said(queries.get_consent(consent_id, owned_by=request.auth)))
