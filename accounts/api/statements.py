"""Statements: listed, and each as JSON, CSV, PDF or camt.053, by Accept."""

from typing import Any

from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import queries, statements
from accounts.api import presence
from accounts.api.serializers import SaidMoney, said_money
from accounts.models import Statement
from accounts.statements.files import buffered, headers_of
from bank.access import permissions
from bank.wire.pages import PageAnswer, PageQuery, page, read_cursor
from bank.wire.renderers import JSONRenderer


class StatementSerializer(serializers.Serializer[Any]):
    """One statement: its month, its entries by number, its balances and the digests of its forms."""

    id = serializers.CharField()
    account = serializers.CharField()
    begins_on = serializers.DateField()
    ends_on = serializers.DateField()
    first_seq = serializers.IntegerField()
    last_seq = serializers.IntegerField()
    opening_balance = SaidMoney()
    closing_balance = SaidMoney()
    sha256 = serializers.DictField(child=serializers.CharField(), help_text="Of each form's bytes, in hex")
    made_at = serializers.DateTimeField()


class StatementPageSerializer(PageAnswer):
    """One page of statements."""

    data = StatementSerializer(many=True)  # type: ignore[assignment]


def said_statement(statement: Statement) -> dict[str, Any]:
    """Return a statement as the list says one."""
    return {
        "id": statement.id,
        "account": statement.account_id,
        "begins_on": statement.begins_on,
        "ends_on": statement.ends_on,
        "first_seq": statement.first_seq,
        "last_seq": statement.last_seq,
        "opening_balance": said_money(statement.opening_balance, statement.currency),
        "closing_balance": said_money(statement.closing_balance, statement.currency),
        "sha256": statement.sha256,
        "made_at": statement.made_at,
    }


class _Csv(JSONRenderer):
    media_type, format = "text/csv", "csv"


class _Pdf(JSONRenderer):
    media_type, format = "application/pdf", "pdf"


class _Camt053(JSONRenderer):
    media_type, format = "application/xml", "camt053"


class StatementList(APIView):
    """The statements of an account."""

    permission = permissions.TRANSACTIONS_READ
    query_class = PageQuery

    @extend_schema(operation_id="list_statements", responses=StatementPageSerializer, tags=["Statements"])
    def get(self, request: Any, account_id: str) -> Response:
        """List statements, the newest first."""
        asked = PageQuery.read(request)
        cursor, limit = read_cursor(request, asked), asked["limit"]
        account = queries.get_account(account_id, owned_by=request.auth)
        presence.note(request, "statements", account.id)
        rows = queries.list_statements(
            account, seen_by=request.auth, before=cursor["id"] if cursor else None, limit=limit + 1
        )
        return page(request, rows, limit=limit, key=lambda row: {"id": row.id}, item=said_statement)


class StatementDetail(APIView):
    """One statement in the form that is accepted; the same bytes for ever."""

    permission = permissions.TRANSACTIONS_READ
    renderer_classes = [JSONRenderer, _Csv, _Pdf, _Camt053]

    @extend_schema(
        operation_id="get_statement",
        responses={
            (200, "application/json"): OpenApiTypes.OBJECT,
            (200, "text/csv"): str,
            (200, "application/pdf"): bytes,
            (200, "application/xml"): str,
        },
        tags=["Statements"],
    )
    def get(self, request: Any, account_id: str, statement_id: str) -> StreamingHttpResponse:
        """Read one statement."""
        found = queries.get_statement(account_id, statement_id, seen_by=request.auth)
        presence.note(request, "statements", account_id)
        form = request.accepted_renderer.format
        return StreamingHttpResponse(
            buffered(statements.pieces(found, form)), headers=headers_of(found, form)
        )
