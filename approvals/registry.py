"""What can be approved: operations registered by their apps when they start, each under its name.

    registry.register(Freeze())

`propose` says what would change; it is asked when somebody asks for the operation and again when somebody
else approves it, and the two answers must be the same. `carry_out` then does it.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, runtime_checkable

if TYPE_CHECKING:
    from audit.actor import Actor


class Change(NamedTuple):
    """What an operation would change, field by field: values as the trail and the page of approvals show."""

    before: Mapping[str, Any]
    after: Mapping[str, Any]


class Approvable(Protocol):
    """One operation that needs four eyes."""

    name: str  # such as account.freeze
    meaning: str  # one sentence for whoever decides
    target_type: str

    def propose(self, target_id: str, payload: Mapping[str, Any]) -> Change:
        """Return what would change, the target locked; raises NotFound, Conflict or Refused."""

    def carry_out(self, target_id: str, payload: Mapping[str, Any], *, by: "Actor") -> None:
        """Do it and record it, in the transaction of the approval."""


@runtime_checkable
class AwaitedDecision(Protocol):
    """What an operation has besides when its target waits in a state of its own for the decision."""

    def lock(self, target_id: str) -> None:
        """Lock the target if it is there: before the approval, in the order of those who withdraw."""

    def turn_down(self, target_id: str, *, note: str, decided: bool, by: "Actor") -> None:
        """Lead the target out of that state: somebody rejected (`decided`), or nobody decided in time."""


_OPERATIONS: dict[str, Approvable] = {}


def register(operation: Approvable) -> None:
    """Make an operation known; the same name again replaces it."""
    _OPERATIONS[operation.name] = operation


def operation_named(name: str) -> Approvable:
    """Return the operation of this name; raises KeyError."""
    return _OPERATIONS[name]
