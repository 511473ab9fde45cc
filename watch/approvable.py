"""What noticing registers with four eyes: closing a severe incident, and how many are too many."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from approvals.registry import Change, register
from audit.actor import Actor
from watch import rules
from watch.errors import RuleNotFound, RuleUnchanged, ThresholdUnsound
from watch.models import RuleSetting
from watch.operations.incidents import carry_out_closing, check_closable, lock_open_incident
from watch.operations.life import step

FIELDS = ("threshold", "window_seconds", "look_within_minutes", "is_on")
LONGEST_LOOK_MINUTES = 7 * 24 * 60


@dataclass(slots=True)
class IncidentClosing:
    """A severe incident is closed. The payload: `outcome`."""

    name: str = "incident.close"
    meaning: str = "The incident is over: it is closed for good."
    target_type: str = "incident"

    def propose(self, target_id: str, payload: Mapping[str, Any]) -> Change:
        """Return the states before and after; raises IncidentNotFound, IncidentClosed, as check_closable."""
        incident = lock_open_incident(target_id)
        check_closable(incident, payload["outcome"])
        before = {"state": str(incident.state), "outcome": "", "breach": str(incident.breach)}
        return Change(before, {**before, "state": "CLOSED", "outcome": payload["outcome"]})

    def carry_out(self, target_id: str, payload: Mapping[str, Any], *, by: Actor) -> None:
        """Close it."""
        carry_out_closing(lock_open_incident(target_id), outcome=payload["outcome"], by=by)


@dataclass(slots=True)
class RuleChange:
    """A rule counts otherwise from now on. The payload: some of FIELDS."""

    name: str = "rule.change"
    meaning: str = "The rule raises an alert at these numbers from now on, or no more."
    target_type: str = "rule"

    def propose(self, target_id: str, payload: Mapping[str, Any]) -> Change:
        """Return the numbers before and after; raises RuleNotFound, RuleUnchanged, ThresholdUnsound."""
        setting = _locked(target_id)
        before = {name: getattr(setting, name) for name in FIELDS}
        after = before | {name: payload[name] for name in FIELDS if name in payload}
        if after == before:
            raise RuleUnchanged()
        _check(after)
        return Change(before, after)

    def carry_out(self, target_id: str, payload: Mapping[str, Any], *, by: Actor) -> None:
        """Change it."""
        changed = {name: payload[name] for name in FIELDS if name in payload}
        step(_locked(target_id), "rule.changed", by=by, target=("rule", target_id), changed=changed)


def register_all() -> None:
    """Tell four eyes what noticing needs them for."""
    register(IncidentClosing())
    register(RuleChange())


def _check(after: Mapping[str, Any]) -> None:
    sound = rules.check_threshold(after["threshold"], after["window_seconds"])
    if not sound or not 1 <= after["look_within_minutes"] <= LONGEST_LOOK_MINUTES:
        raise ThresholdUnsound()


def _locked(name: str) -> RuleSetting:
    try:
        return RuleSetting.objects.select_for_update(no_key=True).get(name=name)
    except RuleSetting.DoesNotExist as error:
        raise RuleNotFound() from error
