"""Every kind of alert on one page: rules over the log, alarms about the machine, what people report.

Each has a runbook of its name in docs/runbooks/.
"""

from dataclasses import dataclass

from watch.rules import CRITICAL, HIGH, LOW, MEDIUM, RULES


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of alert: its name, what it means in one sentence, and how bad it is."""

    name: str
    meaning: str
    severity: str

    @property
    def runbook(self) -> str:
        """Where it is written what to do."""
        return f"docs/runbooks/{self.name}.md"


LOOK_WITHIN_MINUTES = {LOW: 24 * 60, MEDIUM: 60, HIGH: 15, CRITICAL: 5}

ALARMS = (
    Kind("seal_lag", "Events wait too long to be sealed.", HIGH),
    Kind("outbox_backlog", "Too many events wait to be sealed.", MEDIUM),
    Kind("witness_silent", "Signed heads wait too long for a witness.", HIGH),
    Kind("log_stopped", "The log is stopped: the database does not continue what was published.", CRITICAL),
    Kind("recording_failed", "Something could not be recorded in the log.", CRITICAL),
    Kind("clocks_apart", "The clocks of the worker, the database or a witness are apart.", HIGH),
    Kind("judging_lag", "The rules do not keep up with the log.", HIGH),
    Kind("missing_review", "A day of the log has no signed review.", MEDIUM),
    Kind("unsigned_review", "Nobody has signed off a daily review.", LOW),
    Kind(
        "breach_deadline", "The time to tell the authority of a breach (GDPR, Article 33) runs out.", CRITICAL
    ),
    Kind("notice_failed", "A notice could not be delivered.", MEDIUM),
    Kind("alarm_broken", "An alarm could not be measured.", HIGH),
    Kind("access_review_overdue", "A review of who may do what is overdue.", MEDIUM),
    Kind("break_glass_unreviewed", "Emergency access that ended was not reviewed.", HIGH),
)
REPORTED = Kind("reported", "Somebody reported something.", MEDIUM)

KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (*(Kind(r.name, r.meaning, r.severity) for r in RULES.values()), *ALARMS, REPORTED)
}
