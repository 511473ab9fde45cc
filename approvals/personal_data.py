"""What four eyes keep."""

from bank.privacy.masks import Mask
from bank.privacy.register import declare
from bank.privacy.words import LEDGER, Basis

declare(
    "approvals.Approval",
    purpose="who asked for what, and who decided",
    basis=Basis.LEGAL_DUTY,
    retention=LEDGER,
    financial={"payload": Mask.SHOWN, "before": Mask.SHOWN, "after": Mask.SHOWN},
    technical="id operation target_type target_id payload_digest reason status requested_by requested_at "
    "expires_at decided_by decided_at note version last_event_id",
    in_clear="ids, amounts, states and what apps say of themselves; "
    "reasons are about the case, written by staff for staff",
    left_out="what staff decided about accounts and logins; what came of it stands in its own table",
)
