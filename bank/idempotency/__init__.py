"""The same request twice has one effect.

    class Payments(APIView):
        permission = permissions.PAYMENTS_CREATE

        @idempotent
        def post(self, request):
            payment = make_payment(**PaymentSerializer.read(request), by=request.auth)
            return Response(…, status=201)

What the view returns is stored and replayed. What it raises rolls everything back and stores nothing: a
refusal that must leave a trace (a payment stored RJCT) is returned by `problems.drf_response(error, …)`.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bank.idempotency.decorator import idempotent

__all__ = ["idempotent"]


def __getattr__(name: str) -> Any:
    """Import the decorator when first asked for: Django imports this package before its models may be."""
    if name == "idempotent":
        from bank.idempotency.decorator import idempotent

        return idempotent
    raise AttributeError(name)
