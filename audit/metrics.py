"""What operations watch of the trail."""

from prometheus_client import Counter, Gauge

SEALED = Counter("bank_audit_sealed_events_total", "Events sealed into the log")
RAW = Counter("bank_audit_raw_events_total", "Events sealed as raw bytes because they could not be read")
LOG_STOPPED = Counter("bank_audit_log_stopped_total", "Times the log refused to continue a different history")
SEAL_LAG = Gauge(
    "bank_audit_seal_lag_seconds",
    "Age of the oldest event in the last sealed batch",
    multiprocess_mode="mostrecent",
)
UNRECORDED = Counter(
    "bank_audit_unrecorded_attempts_total", "Attempts refused because they could not be recorded"
)
SAMPLED_OUT = Counter("bank_audit_sampled_out_total", "Denials counted here instead of recorded", ["kind"])
