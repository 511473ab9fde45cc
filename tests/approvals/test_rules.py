"""Rules of four eyes, without a database."""

import datetime as dt

import pytest

from approvals import rules
from approvals.errors import ApprovalChanged, ApprovalDecided, ApprovalExpired, OwnRequest
from bank.errors import BankError

NOW = dt.datetime(2026, 11, 24, tzinfo=dt.UTC)


class TestDigestOf:
    def test_differs_with_every_part(self) -> None:
        asked = ("account.freeze", "acc_1", {"a": 1}, {"status": "ENABLED"}, {"status": "FROZEN"})
        digests = {rules.digest_of(*asked)}
        for place, other in enumerate(
            ("account.unfreeze", "acc_2", {"a": 2}, {"status": "X"}, {"status": "Y"})
        ):
            digests.add(rules.digest_of(*asked[:place], other, *asked[place + 1 :]))  # type: ignore[arg-type]
        assert len(digests) == 6

    def test_does_not_depend_on_the_order_of_names(self) -> None:
        one = rules.digest_of("o", "t", {"a": 1, "b": 2}, {}, {})
        assert one == rules.digest_of("o", "t", {"b": 2, "a": 1}, {}, {})


class TestPresentStatus:
    def test_expires_by_the_clock_alone(self) -> None:
        moment = dt.timedelta(microseconds=1)
        assert rules.present_status("PENDING", NOW, NOW - moment) == "PENDING"
        assert rules.present_status("PENDING", NOW, NOW) == "EXPIRED"
        assert rules.present_status("APPROVED", NOW, NOW + moment) == "APPROVED"


class TestCheckDecidable:
    def test_lets_somebody_else_decide(self) -> None:
        rules.check_decidable("PENDING", asked_by="usr_1", decided_by="usr_2")

    @pytest.mark.parametrize(
        ("status", "by", "error"),
        [
            ("PENDING", "usr_1", OwnRequest),
            ("PENDING", None, OwnRequest),
            ("EXPIRED", "usr_2", ApprovalExpired),
            ("APPROVED", "usr_2", ApprovalDecided),
            ("REJECTED", "usr_2", ApprovalDecided),
        ],
    )
    def test_refuses_the_rest(self, status: str, by: str | None, error: type[BankError]) -> None:
        with pytest.raises(error):
            rules.check_decidable(status, asked_by="usr_1", decided_by=by)


class TestCheckUnchanged:
    def test_wants_three_times_the_same(self) -> None:
        rules.check_unchanged("a", "a", "a")
        for digests in (("b", "a", "a"), ("a", "b", "a"), ("a", "a", "b"), ("", "", "a")):
            with pytest.raises(ApprovalChanged):
                rules.check_unchanged(*digests)


class TestDiff:
    def test_names_each_field_once(self) -> None:
        assert rules.diff({"a": 1}, {"a": 2, "b": 3}) == [
            {"field": "a", "before": 1, "after": 2},
            {"field": "b", "before": None, "after": 3},
        ]
