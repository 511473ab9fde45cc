"""What can go wrong with the trail."""

from bank.errors import NotFound, Unavailable


class TrailUnavailable(Unavailable):
    """The attempt could not be recorded, so it was not answered."""


class EventNotFound(NotFound):
    """There is no such event in the log, or it is not yours."""


class NothingSealed(NotFound):
    """The log has no signed head yet."""


class NoSuchHead(NotFound):
    """The log is not that long."""
