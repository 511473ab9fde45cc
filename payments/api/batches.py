"""Batches: announced, sent as a file, read, and reported on item by item."""

import re
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.serializers import MoneySerializer, SaidMoney, said_money
from bank.access import permissions
from bank.database.retries import run_again_when_lost
from bank.idempotency import idempotent
from bank.wire.pages import PageAnswer, PageQuery, page, read_cursor
from bank.wire.serializers import (
    PatternField,
    PublicIdField,
    StrictChoiceField,
    StrictIntegerField,
    StrictSerializer,
)
from oauth.step_up import strong_sign_in
from payments import queries
from payments.api.batch_files import BatchFile, BatchFileParser, BatchFileSerializer, read_transfers
from payments.api.serializers import SaidOutside, said_creditor
from payments.models import Payment, PaymentBatch
from payments.operations import batches as operations
from payments.rules.batches import MOST_TRANSFERS


class DigestField(PatternField):
    """A SHA-256 in lower-case hexadecimal."""

    pattern = re.compile("[0-9a-f]{64}", re.ASCII)


class NewBatchSerializer(StrictSerializer):
    """What a batch will be: how many payments, their sum, and the SHA-256 of the file's bytes."""

    debtor_account = PublicIdField(prefix="acc")
    mode = StrictChoiceField(choices=PaymentBatch.Mode.values)
    number_of_transactions = StrictIntegerField(min_value=1, max_value=MOST_TRANSFERS)
    control_sum = MoneySerializer()
    sha256 = DigestField(max_length=64)


class BatchSerializer(serializers.Serializer[Any]):
    """A batch and what became of it."""

    id = serializers.CharField()
    status = serializers.ChoiceField(PaymentBatch.Status.choices)
    mode = serializers.ChoiceField(PaymentBatch.Mode.choices)
    debtor_account = serializers.CharField()
    number_of_transactions = serializers.IntegerField()
    control_sum = SaidMoney()
    sha256 = serializers.CharField()
    announced_at = serializers.DateTimeField()
    executed_at = serializers.DateTimeField(allow_null=True)


class StatusCountSerializer(serializers.Serializer[Any]):
    """How many payments of a batch have a status."""

    status = serializers.ChoiceField(Payment.Status.choices)
    number_of_transactions = serializers.IntegerField()


class BatchNowSerializer(BatchSerializer):
    """A batch, and where its payments stand now (pain.002, NumberOfTransactionsPerStatus)."""

    number_of_transactions_per_status = StatusCountSerializer(many=True)


class BatchPageSerializer(PageAnswer):
    """One page of batches."""

    data = BatchSerializer(many=True)  # type: ignore[assignment]


class BatchItemSerializer(serializers.Serializer[Any]):
    """One payment of a batch: its place in the file, and what became of it."""

    item = serializers.IntegerField()
    payment = serializers.CharField()
    status = serializers.ChoiceField(Payment.Status.choices)
    reason_code = serializers.CharField(allow_null=True)
    code = serializers.CharField(allow_null=True, help_text="Why it was refused, in the bank's own words")
    creditor_account = serializers.CharField(allow_null=True)
    creditor = SaidOutside(allow_null=True)
    amount = SaidMoney()
    reference = serializers.CharField()
    end_to_end_id = serializers.CharField()


class BatchReportSerializer(PageAnswer):
    """One page of a batch's report."""

    data = BatchItemSerializer(many=True)  # type: ignore[assignment]


_AS_IT_IS = ("id", "status", "mode", "number_of_transactions", "sha256", "announced_at", "executed_at")


def said_batch(batch: PaymentBatch) -> dict[str, Any]:
    """Return a batch as the API says one."""
    return {
        **{name: getattr(batch, name) for name in _AS_IT_IS},
        "debtor_account": batch.debtor_account_id,
        "control_sum": said_money(batch.control_sum, batch.currency),
    }


def said_batch_now(batch: PaymentBatch) -> dict[str, Any]:
    """Return a batch with where its payments stand at this moment."""
    counts = [
        {"status": status, "number_of_transactions": count}
        for status, count in queries.count_batch_items(batch)
    ]
    return {**said_batch(batch), "number_of_transactions_per_status": counts}


def said_item(payment: Payment) -> dict[str, Any]:
    """Return one line of a batch's report."""
    return {
        "item": payment.batch_item,
        "payment": payment.id,
        "status": payment.status,
        "reason_code": payment.reason_code or None,
        "code": payment.refusal or None,
        "creditor_account": payment.creditor_account_id,
        "creditor": said_creditor(payment),
        "amount": said_money(payment.amount, payment.currency),
        "reference": payment.reference,
        "end_to_end_id": payment.end_to_end_id,
    }


class BatchList(APIView):
    """A person's batches."""

    permission = permissions.PAYMENTS_BATCH
    query_class = {"GET": PageQuery}

    @extend_schema(operation_id="list_payment_batches", responses=BatchPageSerializer, tags=["Batches"])
    def get(self, request: Any) -> Response:
        """List batches, the newest first."""
        asked = PageQuery.read(request)
        cursor, limit = read_cursor(request, asked), asked["limit"]
        rows = queries.list_batches(
            owned_by=request.auth, before=cursor["id"] if cursor else None, limit=limit + 1
        )
        return page(request, rows, limit=limit, key=lambda row: {"id": row.id}, item=said_batch)

    @extend_schema(
        operation_id="announce_payment_batch",
        request=NewBatchSerializer,
        responses={201: BatchSerializer},
        tags=["Batches"],
    )
    @strong_sign_in
    @idempotent
    def post(self, request: Any) -> Response:
        """Announce a batch; nothing is paid before its file comes."""
        batch = operations.announce_batch(
            operations.NewBatch(**NewBatchSerializer.read(request)), by=request.auth
        )
        headers = {"Location": f"/v1/payment-batches/{batch.id}"}
        return Response(said_batch(batch), status=201, headers=headers)


class BatchDetail(APIView):
    """One batch."""

    permission = permissions.PAYMENTS_BATCH

    @extend_schema(operation_id="get_payment_batch", responses=BatchNowSerializer, tags=["Batches"])
    def get(self, request: Any, batch_id: str) -> Response:
        """Read one batch, and how many of its payments have which status."""
        return Response(said_batch_now(queries.get_batch(batch_id, owned_by=request.auth)))


class BatchContent(APIView):
    """The file of a batch."""

    permission = {"PUT": permissions.PAYMENTS_BATCH}
    parser_classes = (BatchFileParser,)

    @extend_schema(
        operation_id="send_payment_batch_file",
        request=BatchFileSerializer,
        responses={200: BatchSerializer},
        tags=["Batches"],
    )
    @strong_sign_in
    def put(self, request: Any, batch_id: str) -> Response:
        """Send the file that was announced, at most 4 MiB; it is carried out at once, and once."""
        file = BatchFile.sent_with(request)
        batch = run_again_when_lost(
            lambda: operations.execute_batch(
                batch_id, read_transfers(file.content), sha256=file.sha256, by=request.auth
            )
        )
        return Response(said_batch(batch))


class BatchReport(APIView):
    """What became of each payment of a batch."""

    permission = permissions.PAYMENTS_BATCH
    query_class = {"GET": PageQuery}

    @extend_schema(operation_id="get_payment_batch_report", responses=BatchReportSerializer, tags=["Batches"])
    def get(self, request: Any, batch_id: str) -> Response:
        """List the payments of a batch in the order of its file."""
        asked = PageQuery.read(request)
        cursor, limit = read_cursor(request, asked), asked["limit"]
        batch = queries.get_batch(batch_id, owned_by=request.auth)
        rows = queries.list_batch_items(batch, after=cursor["item"] if cursor else 0, limit=limit + 1)
        return page(request, rows, limit=limit, key=lambda row: {"item": row.batch_item}, item=said_item)
