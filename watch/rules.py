"""What is worth a look: each rule says which events it sees, and how many within how long are too many.

Pure functions over events of the log. A rule groups what it sees by a key (a login, an app, the tag of an
address) and counts events, or different values of one thing. Thresholds here are where a bank begins; the
table of rules (`watch.RuleSetting`) is what holds, and two of staff change it.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from watch.events import Event

Seen = tuple[str, str] | None  # the key it is counted under, and the value that is told apart

MOST, LONGEST_SECONDS, SHORTEST_SECONDS = 100_000, 86_400, 10
CLOCKS_MAY_DIFFER_SECONDS = 5.0
# A transaction may take a while between making its event's id and writing it.
TRANSACTIONS_MAY_TAKE_SECONDS = 60.0
DAY_DIGITS = 1  # a tag begins with the last digit of its day (audit/tags.py)


@dataclass(frozen=True, slots=True)
class Sighting:
    """One event one rule counts."""

    index: int
    at: datetime
    value: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing worth a look. `distinct`: different values are counted, not events."""

    name: str
    meaning: str
    severity: str
    sees: Callable[[Event], Seen]
    threshold: int
    window_seconds: int
    distinct: bool = False


def judge(
    window: Sequence[Sighting], *, threshold: int, window_seconds: int, distinct: bool
) -> list[Sighting]:
    """Return the first sightings that together reach the threshold within the window; none when none do.

    `window` is in the order of the log; its times may lie a little out of order.
    """
    for end, last in enumerate(window):
        begins = last.at - timedelta(seconds=window_seconds)
        together = [s for s in window[: end + 1] if begins < s.at <= last.at]
        if _measure(together, distinct) >= threshold:
            return together
    return []


def _measure(sightings: Sequence[Sighting], distinct: bool) -> int:
    """Count; values tagged on two days may be names of the same, so the days are counted apart."""
    if not distinct:
        return len(sightings)
    by_day: dict[str, set[str]] = defaultdict(set)
    for sighting in sightings:
        by_day[sighting.value[:DAY_DIGITS]].add(sighting.value)
    return max((len(values) for values in by_day.values()), default=0)


def _tag(event: Event, name: str) -> str:
    return event.tags.get(name, "")


def failed_login_by_name(event: Event) -> Seen:
    """See failures to sign in under one name, whoever fails."""
    if event.kind in {"login.failed", "login.locked_out"} and _tag(event, "login"):
        return f"login:{_tag(event, 'login')}", ""
    return (event.subject, "") if event.kind == "mfa.failed" else None


def failed_login_by_address(event: Event) -> Seen:
    """See failures to sign in from one address, under whatever names."""
    failed = event.kind in {"login.failed", "login.locked_out", "mfa.failed"}
    return (f"address:{_tag(event, 'address')}", "") if failed and _tag(event, "address") else None


def reuse(event: Event) -> Seen:
    """See a code, token or refresh token used again."""
    return (event.who or event.target, "") if event.kind == "token.reuse_detected" else None


def payment(event: Event) -> Seen:
    """See what one customer pays, or is refused."""
    return (event.subject, "") if event.kind in {"payment.completed", "payment.refused"} else None


def payee(event: Event) -> Seen:
    """See whom one customer pays."""
    paid = event.kind in {"payment.completed", "payment.refused"} and _tag(event, "payee")
    return (event.subject, _tag(event, "payee")) if paid else None


def credential(event: Event) -> Seen:
    """See from where one token is used, or one login signs in."""
    address = _tag(event, "address")
    if not address:
        return None
    if event.token:
        return f"token:{event.token}", address
    return (event.subject, address) if event.kind == "login.succeeded" else None


def unmasking(event: Event) -> Seen:
    """See a member of staff open what is masked."""
    return (event.subject, "") if event.kind.endswith(".unmasked") else None


def lookup(event: Event) -> Seen:
    """See a member of staff open customers' records, each counted once."""
    return (event.subject, event.target) if event.kind == "customer.viewed" else None


def probing(event: Event) -> Seen:
    """See one caller ask for different things it may not do."""
    return (event.who, event.target) if event.kind == "access.denied" and event.who else None


def too_many(event: Event) -> Seen:
    """See one caller slowed down (recorded once a minute for each door and process)."""
    return (event.who or "anybody", "") if event.kind == "limit.hit" else None


def refused_address(event: Event) -> Seen:
    """See a rule of the address lists refuse."""
    return (event.target, "") if event.kind == "ip.refused" else None


def break_glass(event: Event) -> Seen:
    """See emergency access opened."""
    return (event.target, "") if event.kind == "break_glass.opened" else None


def reading(event: Event) -> Seen:
    """See one reader read the log."""
    return (event.who or "anybody", "") if event.kind == "audit.read" else None


def exporting(event: Event) -> Seen:
    """See the log taken away."""
    return (event.who or "anybody", "") if event.kind == "audit.exported" else None


def own_request(event: Event) -> Seen:
    """See somebody try to approve what they asked for."""
    return (event.subject, "") if event.kind == "approval.denied" else None


def elsewhere(event: Event) -> Seen:
    """See a session of somebody answer what another of theirs was asked."""
    return (event.subject, "") if event.kind == "confirmation.denied" else None


def unreadable(event: Event) -> Seen:
    """See an event that had to be sealed as raw bytes."""
    return ("log", "") if event.kind == "raw" else None


def other_clock(event: Event) -> Seen:
    """See an event whose maker's clock and the database's are too far apart."""
    ahead = event.clock_ahead_seconds
    apart = ahead > CLOCKS_MAY_DIFFER_SECONDS or ahead < -TRANSACTIONS_MAY_TAKE_SECONDS
    return (event.node or "unknown", "") if apart and event.kind != "raw" else None


LOW, MEDIUM, HIGH, CRITICAL = SEVERITIES = ("low", "medium", "high", "critical")

# name, severity, sees, threshold, seconds, distinct, meaning
RULES: dict[str, Rule] = {
    rule.name: rule
    for rule in (
        Rule("failed_logins_of_a_name", "Many sign-ins failed under one name.",
             MEDIUM, failed_login_by_name, 5, 600),
        Rule("failed_logins_from_an_address", "Many sign-ins failed from one address.",
             MEDIUM, failed_login_by_address, 20, 600),
        Rule("credential_reuse", "A code or token was used a second time: somebody may have stolen it.",
             HIGH, reuse, 1, 3600),
        Rule("payment_velocity", "One customer made unusually many payments.",
             HIGH, payment, 30, 600),
        Rule("new_payees", "One customer paid unusually many different payees.",
             HIGH, payee, 10, 3600, distinct=True),
        Rule("credential_from_many_addresses", "One token or login was used from many addresses.",
             HIGH, credential, 4, 3600, distinct=True),
        Rule("unmasking", "A member of staff unmasked unusually much.",
             HIGH, unmasking, 5, 3600),
        Rule("customer_lookups", "A member of staff opened unusually many customers' records.",
             MEDIUM, lookup, 30, 3600, distinct=True),
        Rule("scope_probing", "One caller asked for many different things it may not do.",
             HIGH, probing, 4, 600, distinct=True),
        Rule("rate_limited", "One caller hit rate limits again and again.",
             LOW, too_many, 5, 900),
        Rule("denied_addresses", "A denied network keeps knocking.",
             LOW, refused_address, 10, 3600),
        Rule("break_glass", "Emergency access was opened.",
             HIGH, break_glass, 1, 3600),
        Rule("log_reading", "Somebody read unusually much of the audit log.",
             MEDIUM, reading, 100, 3600),
        Rule("log_export", "Somebody exported the audit log.",
             MEDIUM, exporting, 1, 3600),
        Rule("own_approval", "Somebody tried to approve what they asked for.",
             HIGH, own_request, 1, 3600),
        Rule("confirmation_from_elsewhere", "A session answered what another of the same person was asked.",
             HIGH, elsewhere, 1, 3600),
        Rule("unreadable_events", "Something wrote into the log what the bank cannot read.",
             CRITICAL, unreadable, 1, 3600),
        Rule("clock_skew", "The clock of a process and the database's are apart.",
             MEDIUM, other_clock, 3, 600),
    )
}  # fmt: skip


def check_threshold(threshold: int, window_seconds: int) -> bool:
    """Return whether a rule can count so many within so long."""
    return 1 <= threshold <= MOST and SHORTEST_SECONDS <= window_seconds <= LONGEST_SECONDS
