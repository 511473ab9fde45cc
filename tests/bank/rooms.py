"""A small bank of views behind the real doors: URLconf and authentication for the tests of bank/."""

from typing import Any

from django.db import OperationalError, connection
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.http import require_safe
from rest_framework.authentication import BaseAuthentication
from rest_framework.response import Response
from rest_framework.views import APIView

from audit.actor import Actor
from bank import health
from bank.access import permissions
from bank.access.gate import PUBLIC
from bank.errors import Refused, Unauthorized
from bank.idempotency import idempotent
from bank.wire.pages import PageQuery, page, read_cursor
from bank.wire.serializers import AmountSerializer, StrictCharField, StrictIntegerField, StrictSerializer

HELD = frozenset({permissions.ACCOUNTS_READ, permissions.PAYMENTS_CREATE})


class NamedCaller(BaseAuthentication):
    """Believes the name in the Authorization header: `Test client:user`."""

    def authenticate(self, request: Any) -> Any:
        scheme, _, name = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        if not scheme:
            return None
        if scheme != "Test":
            raise Unauthorized("this token is not known")
        client, _, user = name.partition(":")
        return user, Actor(type="app", client_id=client, user_id=user, permissions=HELD)

    def authenticate_header(self, request: Any) -> str:
        return 'DPoP algs="ES256"'


class Door(APIView):
    authentication_classes = [NamedCaller]


class Readable(Door):
    permission = permissions.ACCOUNTS_READ

    def get(self, request: Any) -> Response:
        return Response({"caller": request.auth.caller})


class OutOfScope(Door):
    permission = permissions.CLIENTS_MANAGE

    def get(self, request: Any) -> Response:
        return Response({})


class Nameless(Door):
    def get(self, request: Any) -> Response:
        return Response({})


class ByMethod(Door):
    permission = {"GET": PUBLIC, "POST": permissions.PAYMENTS_CREATE}

    def get(self, request: Any) -> Response:
        return Response({})

    def post(self, request: Any) -> Response:
        return Response({})

    def delete(self, request: Any) -> Response:
        raise AssertionError("no permission was named for DELETE")


class Order(StrictSerializer):
    amount = AmountSerializer()
    reference = StrictCharField(max_length=35, required=False)
    copies = StrictIntegerField(required=False)


class Orders(Door):
    """Takes an order and writes it down; the reference chooses what goes wrong."""

    permission = permissions.PAYMENTS_CREATE

    @idempotent
    def post(self, request: Any, order_id: str = "") -> Response:
        order = Order.read(request)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(0.05)")
            cursor.execute(
                "INSERT INTO bank_access_iprule (id, effect, scope, network, reason)"
                " VALUES (gen_random_uuid(), 'deny', 'admin', %s, %s)",
                [self.network(), order.get("reference", "")],
            )
        if order.get("reference") == "refuse":
            raise Refused("not this one")
        if order.get("reference") == "break":
            raise RuntimeError("secret: 4929 1234")
        if order.get("reference") == "unavailable":
            return Response({}, status=503)
        return Response(
            {"id": "ord_1", "amount": order["amount"]}, status=201, headers={"Location": "/v1/o/1"}
        )

    def network(self) -> str:
        """A network of its own for each effect, so that a second effect is seen."""
        import secrets

        return f"fd{secrets.token_hex(1)}:{secrets.token_hex(2)}:{secrets.token_hex(2)}::/64"


class Echo(Door):
    permission = PUBLIC

    def post(self, request: Any) -> Response:
        return Response(Order.read(request))


class NumbersQuery(PageQuery):
    parity = StrictCharField(required=False)


class Numbers(Door):
    """Numbers 1 to 250 by keyset."""

    permission = PUBLIC
    query_class = NumbersQuery

    def get(self, request: Any) -> Response:
        asked = NumbersQuery.read(request)
        after = (read_cursor(request, asked) or {"n": 0})["n"]
        rows = list(range(after + 1, 251))[: asked["limit"] + 1]
        return page(request, rows, limit=asked["limit"], key=lambda n: {"n": n})


class Breaks(Door):
    permission = PUBLIC

    def get(self, request: Any) -> Response:
        raise RuntimeError("secret: postgres://bank_app:hunter2@db/bank")


class Waits(Door):
    """Runs into the statement timeout."""

    permission = PUBLIC

    def get(self, request: Any) -> Response:
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = 10")
            try:
                cursor.execute("SELECT pg_sleep(1)")
            finally:
                connection.close()
        return Response({})


class Lost(Door):
    permission = PUBLIC

    def get(self, request: Any) -> Response:
        raise OperationalError("server closed the connection unexpectedly: 10.0.0.7")


def plain(request: HttpRequest) -> HttpResponse:
    return HttpResponse("<p>page</p>")


def plain_breaks(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("secret")


urlpatterns = [
    path("v1/readable", Readable.as_view()),
    path("v1/out-of-scope", OutOfScope.as_view()),
    path("v1/nameless", Nameless.as_view()),
    path("v1/by-method", ByMethod.as_view()),
    path("v1/orders", Orders.as_view()),
    path("v1/orders/<str:order_id>/capture", Orders.as_view()),
    path("v1/echo", Echo.as_view()),
    path("v1/numbers", Numbers.as_view()),
    path("v1/breaks", Breaks.as_view()),
    path("v1/waits", Waits.as_view()),
    path("v1/lost", Lost.as_view()),
    path("page/", plain),
    path("page/breaks/", plain_breaks),
    path("page/read-only/", require_safe(plain)),
    path("admin/", plain),
    path("livez", health.livez),
    path("readyz", health.readyz),
    path("metrics", health.Metrics.as_view()),
]
handler400 = "bank.pages_of_failure.bad_request"
handler403 = "bank.pages_of_failure.forbidden"
handler404 = "bank.pages_of_failure.not_found"
handler500 = "bank.pages_of_failure.failed"
