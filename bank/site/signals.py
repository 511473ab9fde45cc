"""What staff did in the admin, told to whoever keeps the trail; bank knows none, oauth/pages/trail.py does.

Sent inside the transaction of the change. A receiver that raises undoes the change.
"""

from collections.abc import Mapping
from typing import Any

from django.dispatch import Signal

staff_did = Signal()  # request, kind, target: (type, id), changes: {field: value or (before, after)}


class NobodyListens(RuntimeError):
    """A change in the admin would have left no trace, so it was not made."""


def tell(
    request: object, kind: str, target: tuple[str, str], changes: Mapping[str, Any] | None = None
) -> None:
    """Tell what staff did; raises NobodyListens when that would be recorded nowhere."""
    answers = staff_did.send(sender=tell, request=request, kind=kind, target=target, changes=changes or {})
    if not answers:
        raise NobodyListens(kind)
