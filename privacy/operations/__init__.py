"""What can be done with people's data, at their wish or by the law."""

from privacy.operations.erasure import (
    erase_confirmed,
    erase_customer,
    keep_ledger,
    reapply_erasures,
    record_erasure_denied,
    what_hinders,
)
from privacy.operations.exports import (
    make_export,
    make_waiting_exports,
    note_confirmed_read,
    note_read,
    request_confirmed_export,
    request_export,
)
from privacy.operations.restriction import GROUNDS, lift_confirmed_restriction, lift_restriction, restrict
from privacy.operations.retention import end_retention
from privacy.operations.unmasking import (
    RIGHT_FOR,
    record_unmasking_denied,
    unmask,
    unmask_confirmed,
)

__all__ = [
    "GROUNDS",
    "RIGHT_FOR",
    "end_retention",
    "erase_confirmed",
    "erase_customer",
    "keep_ledger",
    "lift_confirmed_restriction",
    "lift_restriction",
    "make_export",
    "make_waiting_exports",
    "note_confirmed_read",
    "note_read",
    "reapply_erasures",
    "record_erasure_denied",
    "record_unmasking_denied",
    "request_confirmed_export",
    "request_export",
    "restrict",
    "unmask",
    "unmask_confirmed",
    "what_hinders",
]
