"""Attempts to pay from what is not one's own leave a trace, though the answer tells nothing."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from bank.errors import Forbidden, NotFound
from payments.api.serializers import PaymentOrderSerializer
from payments.operations import record_denial

Method = Callable[..., Any]


def records_denials(method: Method) -> Method:
    """Record an order that was not found or forbidden, once its own transaction has been undone."""

    @wraps(method)
    def recorded(view: Any, request: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return method(view, request, *args, **kwargs)
        except (NotFound, Forbidden) as denied:
            record_denial(PaymentOrderSerializer.read_order(request), denied, by=request.auth)
            raise

    return recorded
