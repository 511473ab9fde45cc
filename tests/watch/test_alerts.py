"""Alerts: judged once, decided once, by whom it must be; and the incidents they become."""

import contextlib
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from approvals import operations as approvals
from approvals.errors import OwnRequest
from approvals.models import Approval
from approvals.operations import request_approval
from bank import clock
from bank.access.roles import APPROVER, AUDITOR, COMPLIANCE
from bank.errors import BankError
from bank.public_ids import decode, encode
from bank.resilience import turns
from tests.audit.conftest import Log, record_one, seal
from tests.oauth.threads import all_at_once
from tests.support.staff import officer
from tests.watch.conftest import alerts, events_of, look, one_alert, told
from watch import alarms, operations, queries, tasks
from watch.errors import (
    AlertDecided,
    AuthorityNotTold,
    BreachUndecided,
    IncidentClosed,
    NeedsTwoPeople,
    ReasonMissing,
    RuleUnchanged,
    SeverityLowered,
    ThresholdUnsound,
    UnknownEvent,
)
from watch.models import Alert, Cursor, Incident, RuleSetting, SeenEvent
from watch.operations import judging
from watch.operations.alerts import raise_alert
from watch.operations.judging import LogHasGap

REUSE = "credential_reuse"
NOBODY = UUID(int=7)


def reuse(times: int = 1, who: str = "x") -> list[UUID]:
    """Record that a code was used again."""
    return [
        record_one("token.reuse_detected", outcome="denied", target=("client", who)) for _ in range(times)
    ]


@contextlib.contextmanager
def as_the_application(log: Log) -> Iterator[Any]:
    """A database session with the application's own rights."""
    with log.superuser() as psql:
        psql.execute("SET ROLE bank_app")
        yield psql


def an_alert() -> Alert:
    reuse()
    look()
    return one_alert(REUSE)


def an_incident(severity: str = "high") -> Incident:
    return operations.open_incident(
        "reported", severity=severity, summary="somebody called", by=officer(COMPLIANCE)
    )


class TestJudging:
    def test_links_what_it_saw(self, eyes: Log) -> None:
        events = reuse()
        look()
        assert events_of(one_alert(REUSE)) == events

    def test_adds_more_of_the_same_to_an_alert_that_is_active(self, eyes: Log) -> None:
        alert, more = an_alert(), reuse(2)
        look()
        again = one_alert(REUSE)
        assert (again.id, again.count) == (alert.id, 3)
        assert events_of(again)[1:] == more

    def test_raises_another_once_that_was_decided_and_it_happens_again(self, eyes: Log) -> None:
        first = an_alert()
        operations.dismiss_alert(first.id, reason="a test", by=officer(COMPLIANCE))
        look()
        assert len(alerts(REUSE)) == 1
        reuse()
        look()
        assert [alert.count for alert in alerts(REUSE)] == [1, 1]

    def test_leaves_a_backlog_to_the_next_turn(self, monkeypatch: pytest.MonkeyPatch) -> None:
        judged: list[int] = []
        monkeypatch.setattr(turns, "TURN_SECONDS", 0)
        monkeypatch.setattr(operations, "judge_new_events", lambda: judged.append(1) or 1)
        tasks.judge()
        assert judged == [1]

    def test_sees_each_event_once_however_many_judge(self, eyes: Log) -> None:
        reuse(40, who="racing")
        seal()
        judged = all_at_once(8, lambda: sum(operations.judge_new_events(batch=5) for _ in range(12)))
        while more := operations.judge_new_events():
            judged.append(more)
        assert sum(judged) == eyes.rows("SELECT next_index FROM watch_cursor")[0][0]
        alert = one_alert(REUSE)
        assert alert.count == 40
        assert len(set(events_of(alert))) == 40

    def test_passes_over_nothing_when_a_runner_dies_in_between(
        self, eyes: Log, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        reuse()
        seal()

        def dies(*_: Any) -> None:
            raise KeyboardInterrupt

        with monkeypatch.context() as broken:
            broken.setattr("watch.operations.judging._link", dies)
            with pytest.raises(KeyboardInterrupt):
                operations.judge_new_events()
        assert (alerts(), SeenEvent.objects.count(), Cursor.objects.get().next_index) == ([], 0, 0)
        look()
        assert one_alert(REUSE).count == 1

    def test_looks_no_closer_at_many_sightings_of_one_value(self, eyes: Log) -> None:
        setting, at = RuleSetting.objects.get(name="customer_lookups"), clock.now()

        def see(indexes: range, value: str) -> None:
            SeenEvent.objects.bulk_create(
                SeenEvent(
                    rule=setting.name,
                    key="usr_x",
                    value=value.format(n),
                    leaf_index=n,
                    event_id=NOBODY,
                    at=at,
                )
                for n in indexes
            )

        see(range(setting.threshold + 1), "the same")
        assert judging._enough(setting, ["usr_x"], at) == []
        see(range(100, 99 + setting.threshold), "number {}")
        assert judging._enough(setting, ["usr_x"], at) == ["usr_x"]

    def test_takes_an_event_whose_transaction_was_slow(self, eyes: Log, database_urls: Any) -> None:
        """The outbox's numbers are given before the commit; the log's are not."""
        app = eyes.superuser_url
        with psycopg.connect(app) as slow:
            slow.execute("INSERT INTO audit.outbox (event_id, body) VALUES (%s, 'late')", [uuid4()])
            record_one()
            assert look() == 1
            slow.commit()
        look()
        assert one_alert("unreadable_events").count == 1

    def test_stops_at_a_gap(self, eyes: Log) -> None:
        for _ in range(3):
            record_one()
        seal()
        eyes.tamper("DELETE FROM audit.leaf WHERE index = 1")
        with pytest.raises(LogHasGap):
            operations.judge_new_events()

    def test_counts_nothing_of_a_rule_that_is_off(self, eyes: Log) -> None:
        changed = change_rule(REUSE, is_on=False)
        assert changed.is_on is False
        reuse()
        look()
        assert alerts(REUSE) == []
        change_rule(REUSE, is_on=True)

    def test_asks_as_much_of_the_database_for_many_events_as_for_few(
        self, eyes: Log, django_assert_max_num_queries: Any
    ) -> None:
        for number in range(200):
            record_one("payment.refused", outcome="denied", target=("payment", f"p{number}"))
        seal()
        with django_assert_max_num_queries(30):
            assert operations.judge_new_events() == 200

    def test_forgets_what_can_count_no_more(self, eyes: Log) -> None:
        an_alert()
        with eyes.superuser() as superuser:
            superuser.execute("UPDATE watch_seenevent SET at = at - interval '3 days'")
        assert operations.forget_seen_events() == SeenEvent.objects.count() + 1


def change_rule(name: str, **payload: Any) -> RuleSetting:
    approval = request_approval("rule.change", name, payload=payload, reason="r", by=officer(COMPLIANCE))
    approvals.approve(approval.id, digest=approval.payload_digest, by=officer(APPROVER))
    return RuleSetting.objects.get(name=name)


class TestRuleChanges:
    def test_take_two_people_and_leave_a_trace(self, eyes: Log) -> None:
        before = RuleSetting.objects.get(name="payment_velocity").threshold
        assert change_rule("payment_velocity", threshold=before + 7).threshold == before + 7
        assert told(eyes, "rule.changed") == ["rule:payment_velocity"]
        change_rule("payment_velocity", threshold=before)

    @pytest.mark.parametrize(
        ("payload", "refusal"),
        [
            ({"threshold": 0}, ThresholdUnsound),
            ({"window_seconds": 86_401}, ThresholdUnsound),
            ({"look_within_minutes": 0}, ThresholdUnsound),
            ({}, RuleUnchanged),
        ],
    )
    def test_are_sound(self, eyes: Log, payload: dict[str, int], refusal: type[BankError]) -> None:
        with pytest.raises(refusal):
            request_approval("rule.change", REUSE, payload=payload, reason="r", by=officer(COMPLIANCE))

    def test_are_refused_by_the_database_when_nobody_approved(self, eyes: Log) -> None:
        with (
            as_the_application(eyes) as psql,
            pytest.raises(psycopg.errors.InsufficientPrivilege, match="approved"),
        ):
            psql.execute("UPDATE watch_rulesetting SET threshold = 99999 WHERE name = 'break_glass'")


class TestDeciding:
    def test_acknowledges_once(self, eyes: Log) -> None:
        alert, by = an_alert(), officer(COMPLIANCE)
        assert operations.acknowledge_alert(alert.id, by=by).acknowledged_by_id == by.user_id
        with pytest.raises(AlertDecided):
            operations.acknowledge_alert(alert.id, by=officer(COMPLIANCE))
        assert told(eyes, "alert.acknowledged") == [f"alert:{alert.id}"]

    def test_calls_nothing_a_false_alarm_without_saying_why(self, eyes: Log) -> None:
        with pytest.raises(ReasonMissing):
            operations.dismiss_alert(an_alert().id, reason=" ", by=officer(COMPLIANCE))

    def test_makes_an_incident_that_knows_whom_it_is_about(self, eyes: Log) -> None:
        alert = an_alert()
        incident = operations.escalate_alert(alert.id, by=officer(COMPLIANCE))
        look()
        assert incident.kind == REUSE
        kinds = [moment.kind for moment in queries.timeline_of(incident)]
        assert kinds == ["token.reuse_detected", "alert.raised", "incident.opened", "alert.escalated"]
        assert queries.affected_by(incident) == ["usr_alice"]

    def test_adds_an_alert_to_an_incident_that_is_open(self, eyes: Log) -> None:
        incident = an_incident()
        assert (
            operations.escalate_alert(an_alert().id, incident_id=incident.id, by=officer(COMPLIANCE)).id
            == incident.id
        )

    def test_ten_people_decide_once(self, eyes: Log) -> None:
        alert, people = an_alert(), [officer(COMPLIANCE) for _ in range(10)]

        def decide(number: int) -> str:
            try:
                if number % 2:
                    return operations.dismiss_alert(alert.id, reason="r", by=people[number]).status
                operations.escalate_alert(alert.id, by=people[number])
                return "ESCALATED"
            except AlertDecided:
                return "late"

        done = all_at_once(10, decide)
        assert done.count("late") == 9
        assert Alert.objects.get(id=alert.id).status in done
        assert Incident.objects.count() == done.count("ESCALATED")

    def test_ten_measurers_raise_one(self, eyes: Log) -> None:
        raised = all_at_once(10, lambda: raise_alert("seal_lag", "log") is not None)
        assert raised.count(True) == 1
        assert one_alert("seal_lag").version == 1

    def test_is_for_good_in_the_database_too(self, eyes: Log) -> None:
        alert = an_alert()
        operations.dismiss_alert(alert.id, reason="r", by=officer(COMPLIANCE))
        with as_the_application(eyes) as psql, pytest.raises(psycopg.errors.IntegrityConstraintViolation):
            psql.execute("UPDATE watch_alert SET status = 'OPEN', decided_by_id = NULL")
        with eyes.superuser() as psql, pytest.raises(psycopg.errors.IntegrityConstraintViolation):
            psql.execute("DELETE FROM watch_alert")


class TestIncidents:
    def test_take_two_people_to_close_when_they_are_severe(self, eyes: Log) -> None:
        incident, by = an_incident("high"), officer(COMPLIANCE)
        operations.assess_breach(incident.id, is_breach=False, reason="nothing was read", by=by)
        with pytest.raises(NeedsTwoPeople):
            operations.close_incident(incident.id, outcome="over", by=by)
        said = {"outcome": "over"}
        approval = request_approval("incident.close", incident.id, payload=said, reason="over", by=by)
        with pytest.raises(OwnRequest):
            approvals.approve(approval.id, digest=approval.payload_digest, by=by)
        approvals.approve(approval.id, digest=approval.payload_digest, by=officer(APPROVER))
        assert Incident.objects.get(id=incident.id).state == "CLOSED"
        assert told(eyes, "incident.closed") == [f"incident:{incident.id}"]

    def test_are_closed_by_one_in_no_session_of_the_database(self, eyes: Log) -> None:
        incident, by = an_incident("critical"), officer(COMPLIANCE)
        operations.assess_breach(incident.id, is_breach=False, reason="r", by=by)
        with (
            as_the_application(eyes) as psql,
            pytest.raises(psycopg.errors.InsufficientPrivilege, match="approved"),
        ):
            psql.execute(
                "UPDATE watch_incident SET state = 'CLOSED', closed_at = now(), outcome = 'x', "
                "closed_by_id = %s",
                [decode("usr", str(by.user_id))],
            )

    def test_never_become_less_severe(self, eyes: Log) -> None:
        incident, by = an_incident("high"), officer(COMPLIANCE)
        for lower in ("high", "low"):
            with pytest.raises(SeverityLowered):
                operations.raise_severity(incident.id, severity=lower, by=by)
        assert operations.raise_severity(incident.id, severity="critical", by=by).severity == "critical"
        with as_the_application(eyes) as psql, pytest.raises(psycopg.errors.IntegrityConstraintViolation):
            psql.execute("UPDATE watch_incident SET severity = 'low'")

    def test_close_only_once_the_law_is_met(self, eyes: Log) -> None:
        incident, by = an_incident("low"), officer(COMPLIANCE)
        with pytest.raises(BreachUndecided):
            operations.close_incident(incident.id, outcome="over", by=by)
        operations.assess_breach(incident.id, is_breach=True, reason="a list was seen", by=by)
        with pytest.raises(AuthorityNotTold):
            operations.close_incident(incident.id, outcome="over", by=by)
        operations.tell_authority(incident.id, by=by)
        operations.contain_incident(incident.id, by=by)
        assert operations.close_incident(incident.id, outcome="over", by=by).state == "CLOSED"
        with pytest.raises(IncidentClosed):
            operations.contain_incident(incident.id, by=by)

    def test_link_events_of_the_log_only(self, eyes: Log) -> None:
        incident, event = an_incident(), record_one()
        with pytest.raises(UnknownEvent):
            operations.link_event(incident.id, event, by=officer(COMPLIANCE))
        seal()
        for _ in range(2):
            operations.link_event(incident.id, event, by=officer(COMPLIANCE))
        assert queries.affected_by(incident) == ["usr_alice"]
        assert [str(event)] == [
            m.event_id for m in queries.timeline_of(incident) if m.kind == "login.succeeded"
        ]

    def test_warn_before_the_72_hours_are_over(self, eyes: Log, monkeypatch: pytest.MonkeyPatch) -> None:
        incident = an_incident()
        began = incident.aware_at
        for hours, marks in (
            (1, []),
            (47.9, []),
            (48.1, ["24h"]),
            (66.1, ["24h", "6h"]),
            (72.1, ["24h", "6h", "0h"]),
        ):
            at = began + timedelta(hours=hours)
            monkeypatch.setattr(clock, "now", lambda at=at: at)
            assert alarms.breach_deadline() == [f"{incident.id}:{mark}" for mark in marks]
        operations.assess_breach(incident.id, is_breach=False, reason="r", by=officer(COMPLIANCE))
        assert alarms.breach_deadline() == []


class TestOverHttp:
    """The whole way: rights first, then what each step answers."""

    def app(self, *roles: str) -> Any:
        from oauth.models import User
        from tests.support.own_app import signed_in

        return signed_in(User.objects.get(id=officer(*roles).user_id))

    def test_an_alert_becomes_an_incident_that_two_people_close(self, eyes: Log) -> None:
        app, checker = self.app(COMPLIANCE), self.app(APPROVER)
        alert = an_alert()
        listed = app.get("/alerts?status=OPEN&kind=credential_reuse").json
        assert [row["id"] for row in listed["data"]] == [alert.id]
        assert app.post(f"/alerts/{alert.id}/acknowledge").json["status"] == "ACKNOWLEDGED"
        made = app.post(f"/alerts/{alert.id}/escalate", {"summary": "a code was stolen"})
        assert made.status == 201, made.text
        path = f"/incidents/{made.json['id']}"
        assert (
            app.post(f"{path}/breach", {"breach": True, "reason": "read by a stranger"}).json["breach"]
            == "yes"
        )
        assert app.post(f"{path}/authority-told").json["authority_told_at"]
        assert app.post(f"{path}/contain").json["state"] == "CONTAINED"
        assert app.post(f"{path}/severity", {"severity": "critical"}).json["severity"] == "critical"
        asked = app.post(f"{path}/close", {"outcome": "the app is closed"})
        assert asked.status == 202, asked.text
        approval = asked.json
        decided = checker.post(f"/approvals/{approval['id']}/approve", {"digest": approval["digest"]})
        assert decided.status == 200, decided.text
        assert app.get(path).json["state"] == "CLOSED"
        look()
        timeline = app.get(f"{path}/timeline").json
        assert timeline["affected_subjects"] == ["usr_alice"]
        assert timeline["moments"][0]["kind"] == "token.reuse_detected"
        assert [m["kind"] for m in timeline["moments"]][-1] == "incident.closed"

    def test_rules_are_asked_for(self, eyes: Log) -> None:
        app = self.app(COMPLIANCE)
        assert {"name", "threshold", "meaning"} <= set(app.get("/rules").json["data"][0])
        asked = app.post("/rules/break_glass/changes", {"threshold": 2, "reason": "noise"})
        assert (asked.status, Approval.objects.get(id=asked.json["id"]).status) == (202, "PENDING")
        approvals.reject(asked.json["id"], digest=asked.json["digest"], by=officer(APPROVER))
        assert app.post("/rules/nonsense/changes", {"threshold": 2, "reason": "r"}).status == 404
        assert app.post("/rules/break_glass/changes", {"threshold": 0, "reason": "r"}).status == 400

    @pytest.mark.parametrize(
        ("method", "path"),
        [
            ("get", "/alerts/alr_x"), ("get", f"/alerts/{encode('alr', NOBODY)}"),
            ("get", "/incidents/inc_x"),
            ("get", "/incidents/inc_x/timeline"), ("post", "/alerts/alr_x/acknowledge"),
            ("post", f"/incidents/{encode('inc', NOBODY)}/contain"),
        ],
    )  # fmt: skip
    def test_what_is_not_there_is_404(self, eyes: Log, method: str, path: str) -> None:
        assert getattr(self.app(COMPLIANCE), method)(path).status == 404

    def test_an_auditor_reads_and_does_nothing(self, eyes: Log) -> None:
        app, alert = self.app(AUDITOR), an_alert()
        assert app.get(f"/alerts/{alert.id}").json["events"][0]["kind"] == "token.reuse_detected"
        for step in ("acknowledge", "escalate", "dismiss"):
            assert app.post(f"/alerts/{alert.id}/{step}", {"reason": "r"}).status == 403
        assert app.post("/incidents", {"kind": "reported", "severity": "low", "summary": "s"}).status == 403

    def test_a_person_reports_an_incident(self, eyes: Log) -> None:
        app = self.app(COMPLIANCE)
        made = app.post("/incidents", {"kind": "reported", "severity": "low", "summary": "a laptop was lost"})
        assert made.status == 201, made.text
        assert made.json["runbook"] == "docs/runbooks/reported.md"
        assert app.post("/incidents", {"kind": "nonsense", "severity": "low", "summary": "s"}).status == 400
        assert [row["id"] for row in app.get("/incidents?state=OPEN").json["data"]] == [made.json["id"]]
