"""What can go wrong with people's rights over their data."""

from bank.errors import Conflict, NotFound, Refused


class ExportNotFound(NotFound):
    """There is no such export."""


class ExportNotReady(Conflict):
    """This export is not made yet, or its time is over."""


class ErasureHindered(Conflict):
    """Something has to end first: the errors say what."""


class RestrictionUnchanged(Conflict):
    """The use of this data is restricted already, or was not."""


class FieldNotMasked(Refused):
    """There is no such masked field."""


class UnmaskingNotAllowed(Refused):
    """You may not see this field in clear."""
