"""What staff ask for on an account; it is done once somebody else approves it (/v1/approvals)."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import queries
from accounts.api.serializers import BlockSerializer, HolderSerializer, OverdraftSerializer
from approvals.api.serializers import ApprovalSerializer, AskSerializer, said_approval
from approvals.operations import request_approval
from bank.access import permissions

ANSWER = {202: ApprovalSerializer}


def ask(request: Any, operation: str, account_id: str, reason: str, **payload: Any) -> Response:
    """Ask for an operation on an account this person may see; answers 202 with what now waits."""
    account = queries.get_account(account_id, owned_by=request.auth)
    approval = request_approval(operation, account.id, payload=payload, reason=reason, by=request.auth)
    return Response(said_approval(approval), status=202, headers={"Location": f"/v1/approvals/{approval.id}"})


class AskForStatus(APIView):
    """Asks for one change of status."""

    permission: ClassVar[Any] = {"POST": permissions.ACCOUNTS_FREEZE}
    operation: ClassVar[str] = ""

    @extend_schema(request=AskSerializer, responses=ANSWER, tags=["Approvals"])
    def post(self, request: Any, account_id: str) -> Response:
        """Ask for it; somebody else decides."""
        return ask(request, self.operation, account_id, AskSerializer.read(request)["reason"])


@extend_schema_view(post=extend_schema(operation_id="ask_to_freeze"))
class Freeze(AskForStatus):
    """Nothing shall leave the account and nothing arrive."""

    operation = "account.freeze"


@extend_schema_view(post=extend_schema(operation_id="ask_to_unfreeze"))
class Unfreeze(AskForStatus):
    """A frozen account shall work again."""

    operation = "account.unfreeze"


@extend_schema_view(post=extend_schema(operation_id="ask_to_unblock"))
class Unblock(AskForStatus):
    """A blocked account shall work again."""

    operation = "account.unblock"


class VerifyCustomer(APIView):
    """A customer's identity was seen, and shall count as verified."""

    permission: ClassVar[Any] = {"POST": permissions.CUSTOMERS_VERIFY}

    @extend_schema(
        operation_id="ask_to_verify_customer", request=AskSerializer, responses=ANSWER, tags=["Approvals"]
    )
    def post(self, request: Any, customer_id: str) -> Response:
        """Ask for it; somebody else decides."""
        reason = AskSerializer.read(request)["reason"]
        approval = request_approval(
            "customer.verify", customer_id, payload={}, reason=reason, by=request.auth
        )
        return Response(
            said_approval(approval), status=202, headers={"Location": f"/v1/approvals/{approval.id}"}
        )


class Block(APIView):
    """Nothing shall leave the account, or nothing arrive."""

    permission: ClassVar[Any] = {"POST": permissions.ACCOUNTS_FREEZE}

    @extend_schema(operation_id="ask_to_block", request=BlockSerializer, responses=ANSWER, tags=["Approvals"])
    def post(self, request: Any, account_id: str) -> Response:
        """Ask for a block of debits or of credits; somebody else decides."""
        asked = BlockSerializer.read(request)
        operation = "account.block_debits" if asked["direction"] == "DBIT" else "account.block_credits"
        return ask(request, operation, account_id, asked["reason"])


class Overdraft(APIView):
    """The account shall go further below zero, or less far."""

    permission: ClassVar[Any] = {"POST": permissions.ACCOUNTS_OVERDRAFT}

    @extend_schema(
        operation_id="ask_for_overdraft", request=OverdraftSerializer, responses=ANSWER, tags=["Approvals"]
    )
    def post(self, request: Any, account_id: str) -> Response:
        """Ask for an overdraft limit; somebody else decides."""
        asked = OverdraftSerializer.read(request)
        limit = asked["limit"]
        return ask(
            request, "account.overdraft", account_id, asked["reason"],
            minor=limit.minor, currency=limit.currency,
        )  # fmt: skip


class Holders(APIView):
    """Somebody else shall hold or see the account, or no longer."""

    permission: ClassVar[Any] = {"POST": permissions.ACCOUNTS_HOLDERS}

    @extend_schema(
        operation_id="ask_for_holder", request=HolderSerializer, responses=ANSWER, tags=["Approvals"]
    )
    def post(self, request: Any, account_id: str) -> Response:
        """Ask for a joint holder or viewer to be added or removed; somebody else decides."""
        asked = HolderSerializer.read(request)
        role = None if asked["role"] == "none" else asked["role"]
        customer = asked["customer"]
        return ask(request, "account.holder", account_id, asked["reason"], customer=customer, role=role)
