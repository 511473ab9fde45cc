"""What the trail keeps."""

from bank.privacy.masks import Mask
from bank.privacy.register import declare
from bank.privacy.words import LOG, AtErasure, Basis

_DUTY = (
    "Art. 17(3)(b) and (e): who did what must be provable; names no person, personal values are commitments"
)

declare(
    "audit.Leaf",
    purpose="to prove what was done, by whom, on whose behalf",
    basis=Basis.LEGAL_DUTY,
    retention=LOG,
    financial={"body": Mask.SHOWN},
    technical="index event_id recorded_at kind outcome subject target hash",
    subject="subject",
    at_erasure=AtErasure.KEPT,
    in_clear="pseudonyms and keyed digests only (audit/commitments.py)",
    kept_because=_DUTY,
    database="reader",
)
declare(
    "audit.Checkpoint",
    purpose="signed heads of the log",
    retention=LOG,
    technical="size root frontier note sealed_at",
)
declare(
    "audit.WitnessedHead",
    purpose="cosigned heads of the log",
    retention=LOG,
    technical="size note witnessed_at",
)
declare(
    "audit.opening",
    purpose="what the commitments of an event commit to, to be shown and proved one by one",
    basis=Basis.LEGAL_DUTY,
    retention=LOG,
    personal={"box": Mask.HIDDEN},
    technical="event_id subject",
    subject="subject",
    at_erasure=AtErasure.DELETED,
    database="reader",
)
declare(
    "audit.outbox",
    purpose="events wait here until they are sealed, a second",
    basis=Basis.LEGAL_DUTY,
    retention=LOG,
    technical="id event_id recorded_at body",
)
declare("audit.tile", purpose="hashes of subtrees of the log", retention=LOG, technical="level index hash")
