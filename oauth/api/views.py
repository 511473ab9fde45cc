"""What a person allowed whom: the list, and the end of one."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.response import Response
from rest_framework.views import APIView

from bank.access import permissions
from bank.access.gate import InsufficientScope
from bank.wire.pages import PageQuery, page, read_cursor
from oauth import queries
from oauth.api.serializers import (
    ConsentPageSerializer,
    ConsentSerializer,
    ReceiptSerializer,
    said,
    said_receipt,
)
from oauth.errors import ReceiptIsTheCustomers
from oauth.operations import revoke_consent
from oauth.receipts import receipt_of


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


class ConsentDetail(APIView):
    """One consent. An app may always give up what it was given."""

    permission = {"GET": permissions.CONSENTS_READ, "DELETE": permissions.CONSENTS_READ}

    @extend_schema(operation_id="get_consent", responses=ConsentSerializer, tags=["Consents"])
    def get(self, request: Any, consent_id: str) -> Response:
        """Read a consent: what was granted, until when, and whether it still holds."""
        return Response(said(queries.get_consent(consent_id, owned_by=request.auth)))

    @extend_schema(operation_id="give_up_consent", request=None, responses={204: None}, tags=["Consents"])
    def delete(self, request: Any, consent_id: str) -> Response:
        """Give a consent up, as the app it was given to. One that has ended is not changed."""
        if not request.auth.bound_to_consent:
            raise InsufficientScope(permissions.CONSENTS_REVOKE)
        revoke_consent(consent_id, by=request.auth, reason="given_back")
        return Response(status=204)


class ConsentReceipt(APIView):
    """The receipt of a consent, for the person who gave it."""

    permission = permissions.CONSENTS_READ

    @extend_schema(operation_id="get_consent_receipt", responses=ReceiptSerializer, tags=["Me"])
    def get(self, request: Any, consent_id: str) -> Response:
        """Read what was shown and decided. It names what was not shared, so no third party reads it."""
        if request.auth.bound_to_consent:
            raise ReceiptIsTheCustomers()
        consent = queries.get_consent(consent_id, owned_by=request.auth)
        return Response(said_receipt(receipt_of(consent)))


class RevokeConsent(APIView):
    """The end of a consent, at once."""

    permission = permissions.CONSENTS_REVOKE

    @extend_schema(operation_id="revoke_consent", request=None, responses=ConsentSerializer, tags=["Me"])
    def post(self, request: Any, consent_id: str) -> Response:
        """Stop sharing. Revoking one that has ended changes nothing."""
        revoke_consent(consent_id, by=request.auth)
        return Response(said(queries.get_consent(consent_id, owned_by=request.auth)))
