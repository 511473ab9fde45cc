"""Which networks may knock at all."""

import ipaddress
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, IntegrityError, connection, transaction

from bank.access import ip_gate, signals
from bank.access.ip_gate import Rule, refusal
from bank.access.models import IpRule
from tests.bank.conftest import Caller
from tests.bank.test_problems import problem


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    ip_gate.forget()
    yield
    ip_gate.forget()


def rule(effect: str, network: str, scope: str = "everything", **more: Any) -> IpRule:
    made = IpRule.objects.create(effect=effect, network=network, scope=scope, reason="test", **more)
    ip_gate.forget()
    return made


def entry(effect: str, network: str, scope: str) -> Rule:
    return Rule(f"{effect} {network}", effect, scope, ipaddress.ip_network(network))


class TestRefusal:
    @pytest.mark.parametrize(
        ("rules", "address", "admin", "reason"),
        [
            ([], "203.0.113.7", False, ""),
            ([], "203.0.113.7", True, ""),
            ([("deny", "203.0.113.0/24", "everything")], "203.0.113.7", False, "deny 203.0.113.0/24"),
            ([("deny", "203.0.113.0/24", "everything")], "203.0.114.7", False, ""),
            ([("deny", "203.0.113.0/24", "admin")], "203.0.113.7", False, ""),
            ([("deny", "203.0.113.0/24", "admin")], "203.0.113.7", True, "deny 203.0.113.0/24"),
            ([("allow", "10.0.0.0/8", "admin")], "203.0.113.7", True, "not_allowed"),
            ([("allow", "10.0.0.0/8", "admin")], "203.0.113.7", False, ""),
            ([("allow", "10.0.0.0/8", "admin")], "10.1.1.1", True, ""),
            (
                [("allow", "10.0.0.0/8", "admin"), ("deny", "10.1.0.0/16", "everything")],
                "10.1.1.1",
                True,
                "deny 10.1.0.0/16",
            ),
            ([("deny", "2001:db8::/32", "everything")], "2001:db8::1", False, "deny 2001:db8::/32"),
            ([("deny", "0.0.0.0/0", "everything")], "2001:db8::1", False, ""),
        ],
    )
    def test_lets_deny_win_and_closes_the_admin_to_all_but_the_allowed(
        self, rules: Any, address: str, admin: bool, reason: str
    ) -> None:
        entries = [entry(*each) for each in rules]
        assert refusal(entries, ipaddress.ip_address(address), admin=admin) == reason


class TestGate:
    def test_refuses_a_denied_network_everything_but_the_probes(self, caller: Caller) -> None:
        rule("deny", "203.0.113.0/24")
        for path in ("/page/", "/v1/by-method", "/admin/"):
            assert caller.get(path, REMOTE_ADDR="203.0.113.7").status_code == 403
            assert caller.get(path, REMOTE_ADDR="203.0.114.7").status_code == 200
        assert caller.get("/livez", REMOTE_ADDR="203.0.113.7").status_code == 200
        assert (
            problem(caller.get("/v1/by-method", REMOTE_ADDR="203.0.113.7"), 403)["code"] == "address_refused"
        )

    def test_sees_an_ipv4_address_written_as_ipv6(self, caller: Caller) -> None:
        rule("deny", "203.0.113.0/24")
        assert caller.get("/page/", REMOTE_ADDR="::ffff:203.0.113.7").status_code == 403

    def test_does_not_believe_a_forwarding_header(self, caller: Caller) -> None:
        rule("deny", "203.0.113.0/24")
        headers = {"X-Forwarded-For": "198.51.100.1"}
        assert caller.get("/page/", REMOTE_ADDR="203.0.113.7", headers=headers).status_code == 403

    def test_opens_the_admin_to_the_allowed_alone(self, caller: Caller) -> None:
        rule("allow", "10.0.0.0/8", "admin")
        assert caller.get("/admin/", REMOTE_ADDR="203.0.113.7").status_code == 403
        assert caller.get("/page/", REMOTE_ADDR="203.0.113.7").status_code == 200
        assert caller.get("/admin/", REMOTE_ADDR="10.0.0.7").status_code == 200

    def test_forgets_an_expired_rule(self, caller: Caller) -> None:
        import datetime as dt

        rule("deny", "203.0.113.0/24", expires_at=dt.datetime.now(dt.UTC) - dt.timedelta(seconds=1))
        assert caller.get("/page/", REMOTE_ADDR="203.0.113.7").status_code == 200

    def test_tells_who_listens(self, caller: Caller) -> None:
        denied = rule("deny", "203.0.113.0/24")
        heard: list[str] = []

        def listen(rule: str, **_: Any) -> None:
            heard.append(rule)

        signals.ip_refused.connect(listen)
        try:
            caller.get("/page/", REMOTE_ADDR="203.0.113.7")
        finally:
            signals.ip_refused.disconnect(listen)
        assert heard == [denied.id]

    def test_a_new_rule_works_within_seconds_without_being_told(
        self, caller: Caller, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(ip_gate, "FRESH_SECONDS", 0.2)
        assert caller.get("/page/", REMOTE_ADDR="203.0.113.7").status_code == 200
        IpRule.objects.create(effect="deny", network="203.0.113.0/24", reason="test")
        time.sleep(0.25)
        assert caller.get("/page/", REMOTE_ADDR="203.0.113.7").status_code == 403

    def test_costs_no_query_while_fresh(self, caller: Caller, django_assert_num_queries: Any) -> None:
        caller.get("/page/")
        with django_assert_num_queries(0):
            caller.get("/page/")

    def test_keeps_the_last_known_rules_while_the_database_is_away(
        self, caller: Caller, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        rule("deny", "203.0.113.0/24")
        caller.get("/page/")

        def gone() -> Any:
            raise DatabaseError

        monkeypatch.setattr(ip_gate, "rules_as_they_stand", gone)
        ip_gate.forget()
        assert caller.get("/page/", REMOTE_ADDR="203.0.113.7").status_code == 403
        assert caller.get("/page/", REMOTE_ADDR="203.0.114.7").status_code == 200

    def test_lets_nobody_in_who_was_never_checked(
        self, caller: Caller, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def gone() -> Any:
            raise DatabaseError

        monkeypatch.setattr(ip_gate, "rules_as_they_stand", gone)
        monkeypatch.setattr(ip_gate._Rules, "known", None)
        assert caller.get("/page/").status_code == 503
        assert caller.get("/livez").status_code == 200


class TestIpRule:
    @pytest.mark.parametrize("network", ["203.0.113.7/24", "nonsense", "203.0.113.0/33", "1.2.3.4.5"])
    def test_refuses_what_is_no_network(self, db: None, network: str) -> None:
        with pytest.raises(ValidationError):
            IpRule(effect="deny", network=network, reason="x").full_clean()

    @pytest.mark.parametrize(
        "values",
        [
            {"effect": "pass", "scope": "everything"},
            {"effect": "deny", "scope": "nowhere"},
            {"effect": "allow", "scope": "everything"},
        ],
    )
    def test_is_held_by_the_database_too(self, db: None, values: dict[str, str]) -> None:
        with pytest.raises(IntegrityError), transaction.atomic():
            IpRule.objects.create(network="203.0.113.0/24", reason="x", **values)

    def test_stands_once(self, db: None) -> None:
        rule("deny", "203.0.113.0/24")
        with pytest.raises(IntegrityError), transaction.atomic():
            rule("deny", "203.0.113.0/24")

    def test_is_a_cidr_column(self, db: None) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT data_type FROM information_schema.columns"
                " WHERE table_name = 'bank_access_iprule' AND column_name = 'network'"
            )
            assert cursor.fetchone() == ("cidr",)
