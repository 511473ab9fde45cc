"""What operations watch of the trail."""

from prometheus_client import Counter

SEALED = Counter("bank_audit_sealed_events", "Events sealed into the log")
RAW = Counter("bank_audit_raw_events", "Events sealed as raw bytes because they could not be read")
LOG_STOPPED = Counter("bank_audit_log_stopped", "Times the log refused to continue a different history")
UNRECORDED = Counter("bank_audit_unrecorded_attempts", "Attempts refused because they could not be recorded")
SAMPLED_OUT = Counter("bank_audit_sampled_out", "Denials counted here instead of recorded", ["kind"])
WITNESSED = Counter("bank_audit_witnessed_heads", "Signed heads published with their witnesses' cosignatures")
WITNESS_SILENT = Counter("bank_audit_witness_silent", "Times a witness could not be asked")
