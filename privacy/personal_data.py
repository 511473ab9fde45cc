"""What this app keeps of people, and why."""

from bank.privacy.masks import Mask
from bank.privacy.register import declare
from bank.privacy.words import ACCESS_LOG, EXPORT, LOG, AtErasure, Basis

declare(
    "privacy.DataExport",
    purpose="a copy of one's data, to look at and take along (Art. 15, 20)",
    basis=Basis.LEGAL_DUTY,
    retention=EXPORT,
    subject="customer__user",
    at_erasure=AtErasure.DELETED,
    personal={"document": Mask.HIDDEN},
    technical="id customer status sha256 attempts requested_at made_at expires_at version last_event_id",
    ended_by="privacy.make_exports",
    left_out="earlier copies of what is here",
)
declare(
    "privacy.Erasure",
    purpose="to prove that somebody was erased, and to erase them again after a restore",
    basis=Basis.LEGAL_DUTY,
    retention=LOG,
    subject="user",
    at_erasure=AtErasure.KEPT,
    technical="id customer user erased_at event_id answer in_ledger_at",
    kept_because="Art. 17(3)(b) and 5(2): that the erasure was done must be provable; it names nobody",
)
declare(
    "privacy.Unmasking",
    purpose="who of staff saw a field in clear, and why: shown to the customer",
    basis=Basis.LEGAL_DUTY,
    retention=ACCESS_LOG,
    subject="customer__user",
    at_erasure=AtErasure.KEPT,
    personal={"purpose": Mask.SHOWN, "case_number": Mask.SHOWN},
    technical="id customer field seen_by role began_at expires_at event_id",
    in_clear="a role, a reason and a number: whose data it was, an id says",
    kept_because="Art. 17(3)(e): that staff looked can be disputed; it names nobody",
    aged_by="began_at",
)
