"""Payees: a name checked against an account number, and the payees a customer keeps."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from bank.access import permissions
from bank.wire.pages import PageAnswer, PageQuery, page, read_cursor
from bank.wire.serializers import StrictSerializer
from payments import queries
from payments.api.iban_field import IbanField
from payments.api.payee_name_field import PayeeNameField
from payments.models import Payee
from payments.operations import payees as operations
from payments.queries.payee_checks import PayeeCheck


class NewPayeeSerializer(StrictSerializer):
    """A name and an account number."""

    name = PayeeNameField()
    iban = IbanField()


class PayeeCheckSerializer(serializers.Serializer[Any]):
    """Whether the name is the holder's. Of a close match the right name, of no match nothing."""

    result = serializers.ChoiceField(Payee.Check.choices)
    name = serializers.CharField(allow_null=True)


class PayeeSerializer(serializers.Serializer[Any]):
    """A payee, and what the last check of the name said."""

    id = serializers.CharField()
    name = serializers.CharField()
    iban = serializers.CharField()
    check = PayeeCheckSerializer()
    checked_at = serializers.DateTimeField()
    created_at = serializers.DateTimeField()


class PayeePageSerializer(PageAnswer):
    """One page of payees."""

    data = PayeeSerializer(many=True)  # type: ignore[assignment]


def said_payee(payee: Payee, found: PayeeCheck | None = None) -> dict[str, Any]:
    """Return a payee as the API says one; the right name of a close match is said when found, not kept."""
    return {
        "id": payee.id,
        "name": payee.name,
        "iban": payee.iban,
        "check": {"result": payee.check_result, "name": (found and found.name) or None},
        "checked_at": payee.checked_at,
        "created_at": payee.created_at,
    }


class PayeeChecks(APIView):
    """Asks whose an account is. Few questions an hour: many would list the bank's customers."""

    permission = permissions.PAYEES_MANAGE
    door = "payee_checks"

    @extend_schema(
        operation_id="check_payee",
        request=NewPayeeSerializer,
        responses=PayeeCheckSerializer,
        tags=["Payees"],
    )
    def post(self, request: Any) -> Response:
        """Say whether the name belongs to the account number."""
        found = operations.check_payee(**NewPayeeSerializer.read(request), by=request.auth)
        return Response({"result": found.result, "name": found.name or None})


class PayeeList(APIView):
    """A person's payees."""

    permission = permissions.PAYEES_MANAGE
    query_class = {"GET": PageQuery}

    @property
    def door(self) -> str | None:
        """Keeping a payee checks the name, and is counted as a check."""
        return "payee_checks" if self.request.method == "POST" else None

    @extend_schema(operation_id="list_payees", responses=PayeePageSerializer, tags=["Payees"])
    def get(self, request: Any) -> Response:
        """List payees, the newest first."""
        asked = PageQuery.read(request)
        cursor, limit = read_cursor(request, asked), asked["limit"]
        rows = queries.list_payees(
            owned_by=request.auth, before=cursor["id"] if cursor else None, limit=limit + 1
        )
        return page(request, rows, limit=limit, key=lambda row: {"id": row.id}, item=said_payee)

    @extend_schema(
        operation_id="add_payee",
        request=NewPayeeSerializer,
        responses={201: PayeeSerializer},
        tags=["Payees"],
    )
    def post(self, request: Any) -> Response:
        """Keep a payee; the name is checked and the answer says what was found."""
        payee, found = operations.add_payee(**NewPayeeSerializer.read(request), by=request.auth)
        headers = {"Location": f"/v1/payees/{payee.id}"}
        return Response(said_payee(payee, found), status=201, headers=headers)


class PayeeDetail(APIView):
    """One payee."""

    permission = permissions.PAYEES_MANAGE

    @extend_schema(operation_id="get_payee", responses=PayeeSerializer, tags=["Payees"])
    def get(self, request: Any, payee_id: str) -> Response:
        """Read one payee."""
        return Response(said_payee(queries.get_payee(payee_id, owned_by=request.auth)))

    @extend_schema(operation_id="remove_payee", responses={204: None}, tags=["Payees"])
    def delete(self, request: Any, payee_id: str) -> Response:
        """Forget a payee for good."""
        operations.remove_payee(payee_id, by=request.auth)
        return Response(status=204)


class PayeeCheckedAgain(APIView):
    """A kept payee's name, checked anew."""

    permission = permissions.PAYEES_MANAGE
    door = "payee_checks"

    @extend_schema(operation_id="check_payee_again", request=None, responses=PayeeSerializer, tags=["Payees"])
    def post(self, request: Any, payee_id: str) -> Response:
        """Check the name anew, and keep what was found."""
        return Response(said_payee(*operations.check_payee_again(payee_id, by=request.auth)))
