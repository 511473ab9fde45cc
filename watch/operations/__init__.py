"""What can be done about what is noticed."""

from watch.operations.alerts import acknowledge_alert, dismiss_alert, escalate_alert, raise_alert
from watch.operations.incidents import (
    assess_breach,
    close_incident,
    contain_incident,
    link_event,
    open_incident,
    raise_severity,
    tell_authority,
)
from watch.operations.judging import forget_seen_events, judge_new_events
from watch.operations.measuring import measure_alarms
from watch.operations.notices import send_notices
from watch.operations.reminders import remind
from watch.operations.reviews import sign_off_review, write_reviews

__all__ = [
    "acknowledge_alert",
    "assess_breach",
    "close_incident",
    "contain_incident",
    "dismiss_alert",
    "escalate_alert",
    "forget_seen_events",
    "judge_new_events",
    "link_event",
    "measure_alarms",
    "open_incident",
    "raise_alert",
    "raise_severity",
    "remind",
    "send_notices",
    "sign_off_review",
    "tell_authority",
    "write_reviews",
]
