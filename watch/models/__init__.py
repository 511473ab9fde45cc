"""What noticing remembers."""

from watch.models.alerts import Alert, AlertEvent
from watch.models.incidents import Incident, IncidentEvent
from watch.models.judging import Cursor, RuleSetting, SeenEvent, Tally
from watch.models.notices import Notice
from watch.models.reviews import DailyReview

__all__ = [
    "Alert",
    "AlertEvent",
    "Cursor",
    "DailyReview",
    "Incident",
    "IncidentEvent",
    "Notice",
    "RuleSetting",
    "SeenEvent",
    "Tally",
]
