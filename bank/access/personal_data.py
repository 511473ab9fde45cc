"""What this room keeps."""

from bank.privacy.masks import Mask
from bank.privacy.register import declare
from bank.privacy.words import STAFF, AtErasure, Basis

declare(
    "bank_access.IpRule",
    purpose="which networks may knock",
    basis=Basis.INTEREST,
    retention=STAFF,
    personal={"network": Mask.SHOWN, "reason": Mask.SHOWN},
    technical="id effect scope created_by created_at expires_at",
    at_erasure=AtErasure.NOBODY,
    in_clear="PostgreSQL compares networks; a rule is about a network, seldom about a person",
    left_out="about networks, for the safety of all (Art. 15(4))",
)
