"""What noticing keeps: pseudonyms and counts."""

from bank.privacy.register import declare
from bank.privacy.words import LOG, NOTHING, STAFF, Basis, Retention

SHORT = Retention("a day longer than the longest rule counts", 2, ended_by="watch.review")

declare(
    "watch.Alert",
    purpose="something worth a look, and who decided what it was",
    basis=Basis.INTEREST,
    retention=LOG,
    technical="id kind key severity status count last_index raised_at last_seen_at look_before over_at "
    "reminded_at acknowledged_by acknowledged_at decided_by decided_at reason incident version last_event_id",
    in_clear="keys are pseudonyms, tags or codes; reasons are about the case, written by staff for staff",
)
declare(
    "watch.AlertEvent", purpose="which events raised an alert", retention=LOG,
    technical="id alert event_id leaf_index",
)  # fmt: skip
declare(
    "watch.Incident",
    purpose="what happened, what was done, who was told (GDPR, Article 33(5))",
    basis=Basis.LEGAL_DUTY,
    retention=LOG,
    technical="id kind severity state summary opened_by aware_at breach breach_reason authority_told_at "
    "contained_at closed_at closed_by outcome version last_event_id",
    in_clear="ids and states; summaries are about the case, written by staff for staff",
)
declare(
    "watch.IncidentEvent", purpose="which events belong to an incident", retention=LOG,
    technical="id incident event_id",
)  # fmt: skip
declare(
    "watch.Cursor",
    purpose="how far the rules have read",
    retention=NOTHING,
    technical="name next_index moved_at",
)
declare(
    "watch.RuleSetting",
    purpose="how many are too many",
    retention=STAFF,
    technical="name threshold window_seconds look_within_minutes is_on version last_event_id",
)
declare(
    "watch.SeenEvent",
    purpose="what the rules count",
    basis=Basis.INTEREST,
    retention=SHORT,
    technical="id rule key value leaf_index event_id at",
    in_clear="pseudonyms of the log, and tags nobody can read after two days (audit/tags.py)",
)
declare("watch.Tally", purpose="events by hour", retention=STAFF, technical="id hour kind outcome count")
declare(
    "watch.Notice",
    purpose="who of staff is told of what, and whether that worked",
    retention=STAFF,
    technical="id about kind severity occasion channel status attempts made_at due_at sent_at",
)
declare(
    "watch.DailyReview",
    purpose="the signed review of a day of the log",
    retention=LOG,
    technical="id day first_index end_index note made_at signed_off_by signed_off_at version last_event_id",
)
