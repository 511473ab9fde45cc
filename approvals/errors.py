"""What can go wrong with an approval.

NotFound
└── ApprovalNotFound
Forbidden
├── OwnRequest        who asked never decides
└── AskerUnknown      a request needs a person who asks
Conflict
├── ApprovalPending   the same is asked already
├── ApprovalDecided
├── ApprovalExpired
├── ApprovalChanged   not what the checker looked at
└── TargetChanged     the thing itself changed in the meantime
"""

from bank.errors import Conflict, Forbidden, NotFound


class ApprovalNotFound(NotFound):
    """There is no such approval."""


class OwnRequest(Forbidden):
    """Who asks for something does not decide on it."""


class AskerUnknown(Forbidden):
    """Only a person of staff can ask for this."""


class ApprovalPending(Conflict):
    """This is already waiting to be decided."""


class ApprovalDecided(Conflict):
    """This has already been decided."""


class ApprovalExpired(Conflict):
    """This was not decided in time; it has to be asked for again."""


class ApprovalChanged(Conflict):
    """This is not what was looked at; look again and decide."""


class TargetChanged(Conflict):
    """What it is about has changed since it was asked for; it has to be asked for again."""
