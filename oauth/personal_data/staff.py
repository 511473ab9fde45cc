"""Emergency access and access reviews: about staff, kept as evidence."""

from bank.privacy.masks import Mask
from bank.privacy.register import declare
from bank.privacy.words import LOG, AtErasure, Basis

_EVIDENCE = "Art. 17(3)(b): who of staff may do what must be shown to have been watched over"

declare(
    "oauth.BreakGlass",
    purpose="who had emergency access, who agreed, what a third found",
    basis=Basis.LEGAL_DUTY,
    retention=LOG,
    technical="id user role minutes reason approved_by opened_at ends_at ended_at reviewed_by reviewed_at "
    "verdict version last_event_id",
    subject="user",
    at_erasure=AtErasure.KEPT,
    kept_because=_EVIDENCE,
)
declare(
    "oauth.AccessReview",
    purpose="that who may do what is looked at twice a year",
    basis=Basis.LEGAL_DUTY,
    retention=LOG,
    technical="id opened_at due_at closed_at version last_event_id",
)
declare(
    "oauth.AccessReviewLine",
    purpose="what a login held and did, and who decided that it keeps its roles",
    basis=Basis.LEGAL_DUTY,
    retention=LOG,
    personal={"last_sign_in": Mask.SHOWN, "deeds": Mask.SHOWN},
    technical="id review user roles decision reviewer decided_at reason approval",
    subject="user",
    at_erasure=AtErasure.KEPT,
    in_clear="of staff: kinds of events and how often, a moment; no customer is named",
    kept_because=_EVIDENCE,
)
