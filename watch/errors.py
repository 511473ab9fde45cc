"""What can go wrong with alerts and incidents.

NotFound
├── AlertNotFound
├── IncidentNotFound
├── ReviewNotFound
├── RuleNotFound
└── UnknownEvent       the log has no such event (yet)
Conflict
├── AlertDecided       it is an incident already, or was a false alarm
├── IncidentClosed
└── ReviewSignedOff
Refused
├── ReasonMissing
├── UnknownKindOfIncident
├── BreachUndecided    nobody said whether personal data was touched
├── AuthorityNotTold   it was, and the authority does not know
├── SeverityLowered
├── NeedsTwoPeople     a severe incident is not closed by one
├── RuleUnchanged
└── ThresholdUnsound
Malformed
└── NoWholeNumber
"""

from bank.errors import Conflict, Malformed, NotFound, Refused


class AlertNotFound(NotFound):
    """There is no such alert."""


class IncidentNotFound(NotFound):
    """There is no such incident."""


class ReviewNotFound(NotFound):
    """There is no such daily review."""


class RuleNotFound(NotFound):
    """There is no such rule."""


class UnknownEvent(NotFound):
    """The log has no such event; it takes a second to be sealed."""


class AlertDecided(Conflict):
    """This alert was decided already."""


class IncidentClosed(Conflict):
    """This incident is closed."""


class ReviewSignedOff(Conflict):
    """This day was signed off already."""


class ReasonMissing(Refused):
    """Say why."""


class UnknownKindOfIncident(Refused):
    """There is no such kind of incident."""


class BreachUndecided(Refused):
    """Say first whether personal data was touched."""


class AuthorityNotTold(Refused):
    """Personal data was touched: the supervisory authority is told first."""


class SeverityLowered(Refused):
    """An incident never becomes less severe."""


class NeedsTwoPeople(Refused):
    """An incident this severe is closed by two people: ask for it, and somebody else approves."""


class RuleUnchanged(Refused):
    """The rule says this already."""


class ThresholdUnsound(Refused):
    """A rule counts from 1 to 100,000 within 10 seconds to a day."""


class NoWholeNumber(Malformed):
    """Write a whole number."""
