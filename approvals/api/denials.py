"""Attempts to decide on one's own request leave a trace."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from approvals.errors import OwnRequest
from approvals.operations import record_denial

Method = Callable[..., Any]


def records_denials(method: Method) -> Method:
    """Record a decision that was forbidden, once its own transaction has been undone."""

    @wraps(method)
    def recorded(view: Any, request: Any, approval_id: str) -> Any:
        try:
            return method(view, request, approval_id)
        except OwnRequest as denied:
            record_denial(approval_id, denied, by=request.auth)
            raise

    return recorded
