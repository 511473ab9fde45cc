"""What this room keeps."""

from bank.privacy.masks import Mask
from bank.privacy.register import declare
from bank.privacy.words import ANSWERS, AtErasure, Basis

declare(
    "bank_idempotency.IdempotencyRecord",
    purpose="the same request twice has one effect",
    basis=Basis.CONTRACT,
    retention=ANSWERS,
    financial={"answer": Mask.HIDDEN},
    technical="caller method path key status created_at",
    hidden="fingerprint",
    at_erasure=AtErasure.DELETED,
    subject="caller__endswith",
    left_out="copies of answers that were given already; what they say is in the export, in its own tables",
    ended_by="bank.idempotency.forget_old_answers",
)
