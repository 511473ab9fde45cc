"""A person's rights over their data, and what staff see of it."""

from typing import Any, ClassVar

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.queries import get_customer
from audit.operations import record_viewing
from bank.access import permissions
from oauth.protocol import detached_jws
from oauth.signing_keys import signing_key
from oauth.step_up import FRESH_SECONDS, check_strong
from privacy import operations, queries
from privacy.api import serializers as said
from privacy.errors import ErasureHindered, UnmaskingNotAllowed


class ExportList(APIView):
    """Copies of one's data."""

    permission: ClassVar[Any] = permissions.ME_EXPORT
    door = "own_data"

    @extend_schema(
        operation_id="request_export", request=None, responses={202: said.ExportSerializer}, tags=["Me"]
    )
    def post(self, request: Any) -> Response:
        """Ask for a copy of all the bank knows of oneself; it is made in minutes (GDPR, Articles 15, 20)."""
        check_strong(request.auth, target=("endpoint", request.path))
        export = operations.request_export(by=request.auth)
        headers = {"Location": f"/v1/me/exports/{export.id}"}
        return Response(said.said_export(export), status=202, headers=headers)


class ExportDetail(APIView):
    """One copy of one's data."""

    permission = permissions.ME_EXPORT

    @extend_schema(operation_id="get_export", responses=said.ExportSerializer, tags=["Me"])
    def get(self, request: Any, export_id: str) -> Response:
        """Read whether it is made, and until when it can be read."""
        return Response(said.said_export(queries.get_export(export_id, owned_by=request.auth)))


class ExportDocument(APIView):
    """The copy itself, signed by the bank."""

    permission = permissions.ME_EXPORT
    door = "own_data"

    @extend_schema(
        operation_id="get_export_document",
        responses={
            (200, "application/json"): OpenApiResponse(
                dict[str, Any],
                description="Every row about the person of every table in the register of data. The header "
                "`X-JWS-Signature` is a JWS over exactly these bytes, detached (RFC 7515, appendix F), by a "
                "key of `/.well-known/jwks.json`.",
            )
        },
        tags=["Me"],
    )
    def get(self, request: Any, export_id: str) -> HttpResponse:
        """Read the document; each time is recorded."""
        check_strong(request.auth, target=("endpoint", request.path))
        export = queries.get_export(export_id, owned_by=request.auth)
        document = queries.document_of(export)
        operations.note_read(export, by=request.auth)
        answer = HttpResponse(document, content_type="application/json")
        answer["X-JWS-Signature"] = detached_jws.sign(document, key=signing_key(detached_jws.ALGORITHM))
        answer["Content-Disposition"] = f'attachment; filename="{export.id}.json"'
        return answer


class Restriction(APIView):
    """Whether one's data may be used (GDPR, Article 18)."""

    permission = permissions.ME_WRITE

    @extend_schema(operation_id="get_restriction", responses=said.RestrictionSerializer, tags=["Me"])
    def get(self, request: Any) -> Response:
        """Read whether the use of one's data is restricted."""
        return Response(said.said_restriction(request.user))

    @extend_schema(
        operation_id="restrict_use",
        request=said.RestrictionOrderSerializer,
        responses=said.RestrictionSerializer,
        tags=["Me"],
    )
    def put(self, request: Any) -> Response:
        """Restrict it: apps are refused, staff unmask for a legal duty alone, nothing is deleted."""
        ground = said.RestrictionOrderSerializer.read(request)["ground"]
        return Response(said.said_restriction(operations.restrict(ground, by=request.auth)))

    @extend_schema(operation_id="lift_restriction", responses=said.RestrictionSerializer, tags=["Me"])
    def delete(self, request: Any) -> Response:
        """Let one's data be used again."""
        check_strong(request.auth, target=("endpoint", request.path))
        return Response(said.said_restriction(operations.lift_restriction(by=request.auth)))


class ErasureView(APIView):
    """The end of what the bank knows of a person."""

    permission = permissions.ME_ERASE
    door = "own_data"

    @extend_schema(operation_id="erase_me", request=None, responses=said.ErasureSerializer, tags=["Me"])
    def post(self, request: Any) -> Response:
        """Be erased (GDPR, Article 17), with a second factor given just now; errors say what hinders it."""
        check_strong(request.auth, target=("endpoint", request.path), max_age=FRESH_SECONDS)
        customer = get_customer(owned_by=request.auth)
        try:
            erasure = operations.erase_customer(customer.id, by=request.auth)
        except ErasureHindered:
            operations.record_erasure_denied(customer.id, by=request.auth)
            raise
        return Response(said.said_erasure(erasure))


class CustomerDetail(APIView):
    """A customer, for staff."""

    permission = permissions.CUSTOMERS_READ

    @extend_schema(operation_id="get_customer", responses=said.MaskedCustomerSerializer, tags=["Staff"])
    def get(self, request: Any, customer_id: str) -> Response:
        """Read a customer, masked; the customer sees that staff looked."""
        customer = queries.get_masked_customer(customer_id)
        record_viewing(("customer", customer.id), by=request.auth)
        return Response(said.said_masked(customer))


class UnmaskingList(APIView):
    """Fields of a customer in clear."""

    permission: ClassVar[Any] = {"POST": permissions.CUSTOMERS_READ}
    door = "unmask"

    @extend_schema(
        operation_id="unmask_field",
        request=said.UnmaskingOrderSerializer,
        responses={201: said.UnmaskingSerializer},
        tags=["Staff"],
    )
    def post(self, request: Any, customer_id: str) -> Response:
        """See one field in clear, with a second factor given just now; the customer sees that, and why."""
        wanted = said.UnmaskingOrderSerializer.read(request)
        check_strong(request.auth, target=("customer", customer_id), max_age=FRESH_SECONDS)
        try:
            seen = operations.unmask(customer_id, **wanted, by=request.auth)
        except UnmaskingNotAllowed as denied:
            operations.record_unmasking_denied(customer_id, denied, by=request.auth)
            raise
        return Response(said.said_unmasking(seen), status=201)
