"""A person's own record, accounts, balances and transactions."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import operations, queries
from accounts.api import presence
from accounts.api import serializers as said
from accounts.api.hold_serializers import said_pending
from accounts.api.transactions_query import TransactionsQuery, filter_of
from accounts.errors import TransactionNotFound
from accounts.money import Money
from bank import clock
from bank.access import permissions
from bank.idempotency import idempotent
from bank.wire.pages import PageQuery, page, read_cursor
from oauth.step_up import strong_sign_in


class Me(APIView):
    """The customer who signed in."""

    permission: ClassVar[Any] = {"GET": permissions.ME_READ, "PATCH": permissions.ME_WRITE}

    @extend_schema(operation_id="get_me", responses=said.CustomerSerializer, tags=["Me"])
    def get(self, request: Any) -> Response:
        """Read one's own record."""
        customer = queries.get_customer(owned_by=request.auth)
        return Response(said.said_customer(customer, to_app=request.auth.bound_to_consent))

    @extend_schema(
        operation_id="correct_me",
        request=said.CorrectionSerializer,
        responses=said.CustomerSerializer,
        tags=["Me"],
    )
    @strong_sign_in
    def patch(self, request: Any) -> Response:
        """Correct one's own record (GDPR, Article 16); another name or birthday has to be shown anew."""
        wanted = said.CorrectionSerializer.read(request)
        customer = operations.correct_customer(wanted, by=request.auth)
        return Response(said.said_customer(customer, to_app=False))


class AccountList(APIView):
    """The accounts somebody may see; an app sees those that were shared with it."""

    permission: ClassVar[Any] = {"GET": permissions.ACCOUNTS_READ, "POST": permissions.ACCOUNTS_OPEN}
    query_class: ClassVar[Any] = {"GET": PageQuery}

    @extend_schema(operation_id="list_accounts", responses=said.AccountPageSerializer, tags=["Accounts"])
    def get(self, request: Any) -> Response:
        """List accounts in the order they were opened."""
        asked = PageQuery.read(request)
        cursor, limit = read_cursor(request, asked), asked["limit"]
        presence.note(request, "accounts")
        rows = queries.list_accounts(
            owned_by=request.auth, after=cursor["id"] if cursor else None, limit=limit + 1
        )
        return page(request, rows, limit=limit, key=lambda row: {"id": row.id}, item=said.said_account)

    @extend_schema(
        operation_id="open_account",
        request=said.OpeningSerializer,
        responses={201: said.AccountSerializer},
        tags=["Accounts"],
    )
    @idempotent
    def post(self, request: Any) -> Response:
        """Open an account for oneself."""
        account = operations.open_own_account(**said.OpeningSerializer.read(request), by=request.auth)
        headers = {"Location": f"/v1/accounts/{account.id}"}
        return Response(said.said_account(account), status=201, headers=headers)


class CloseAccount(APIView):
    """The end of an account."""

    permission: ClassVar[Any] = {"POST": permissions.ACCOUNTS_OPEN}

    @extend_schema(
        operation_id="close_account",
        request=None,
        responses={200: said.AccountSerializer},
        tags=["Accounts"],
    )
    def post(self, request: Any, account_id: str) -> Response:
        """Close one's own account, once it is empty and nothing depends on it."""
        account = queries.get_account(account_id, owned_by=request.auth)
        return Response(said.said_account(operations.close_own_account(account.id, by=request.auth)))


class AccountDetail(APIView):
    """One account."""

    permission = permissions.ACCOUNTS_READ

    @extend_schema(operation_id="get_account", responses=said.AccountSerializer, tags=["Accounts"])
    def get(self, request: Any, account_id: str) -> Response:
        """Read one account."""
        account = queries.get_account(account_id, owned_by=request.auth)
        presence.note(request, "account", account.id)
        return Response(said.said_account(account))


class Balances(APIView):
    """What is on an account."""

    permission = permissions.BALANCES_READ
    query_class = said.BalancesQuery

    @extend_schema(operation_id="get_balances", responses=said.BalancesSerializer, tags=["Accounts"])
    def get(self, request: Any, account_id: str) -> Response:
        """Read the booked and the available balance now, or the booked one at a moment."""
        moment = said.BalancesQuery.read(request).get("at")
        account = queries.get_account(account_id, owned_by=request.auth)
        presence.note(request, "balances", account.id)
        if moment is not None:
            return Response(said.said_balances(moment, booked=queries.balance_at(account, moment)))
        available = queries.spendable([account])[account.id]
        booked = Money(account.booked, account.currency)
        return Response(said.said_balances(clock.now(), booked=booked, available=available))


class TransactionList(APIView):
    """What happened on an account."""

    permission = permissions.TRANSACTIONS_READ
    query_class = TransactionsQuery

    @extend_schema(
        operation_id="list_transactions", responses=said.TransactionPageSerializer, tags=["Accounts"]
    )
    def get(self, request: Any, account_id: str) -> Response:
        """List booked transactions, or with status=PDNG those pending, the newest first."""
        asked = TransactionsQuery.read(request)
        cursor, limit = read_cursor(request, asked), asked["limit"]
        account = queries.get_account(account_id, owned_by=request.auth)
        presence.note(request, "transactions", account.id)
        wanted = filter_of(asked, account.currency)
        if asked["status"] == "PDNG":
            before = cursor["id"] if cursor else None
            held = queries.list_pending(account, asked=wanted, before=before, limit=limit + 1)
            return page(request, held, limit=limit, key=lambda row: {"id": row.id}, item=said_pending)
        rows = queries.list_transactions(
            account,
            seen_by=request.auth,
            asked=wanted,
            after_seq=cursor["seq"] if cursor else None,
            limit=limit + 1,
        )
        return page(request, rows, limit=limit, key=lambda row: {"seq": row.seq}, item=said.said_transaction)


class TransactionDetail(APIView):
    """One transaction."""

    permission = permissions.TRANSACTIONS_READ

    @extend_schema(operation_id="get_transaction", responses=said.TransactionSerializer, tags=["Accounts"])
    def get(self, request: Any, account_id: str, transaction_id: str) -> Response:
        """Read one transaction."""
        account = queries.get_account(account_id, owned_by=request.auth)
        presence.note(request, "transactions", account.id)
        try:
            found = queries.get_transaction(account, transaction_id, seen_by=request.auth)
        except TransactionNotFound:
            pending = queries.find_pending(account, transaction_id) if account.held else None
            if pending is None:
                raise
            return Response(said_pending(pending))
        return Response(said.said_transaction(found))
