"""Four eyes: one asks, another decides on exactly that, in time, once."""

from typing import Any

import psycopg
import pytest
from django.db import IntegrityError
from django.utils import timezone

from accounts.errors import AccountNotFound, AccountStateConflict, OverdraftInUse
from accounts.models import Account
from approvals import operations, queries
from approvals.errors import (
    ApprovalChanged,
    ApprovalDecided,
    ApprovalExpired,
    ApprovalNotFound,
    ApprovalPending,
    AskerUnknown,
    OwnRequest,
    TargetChanged,
)
from approvals.models import Approval
from audit.actor import system
from bank.access.roles import APPROVER, TELLER
from bank.errors import BankError
from bank.public_ids import decode, new
from payments.operations import make_payment
from tests.oauth.threads import all_at_once
from tests.payments.test_make_payment import balance, order
from tests.support.customers import move, someone
from tests.support.staff import agreed, asked, officer, restricted


def status_of(account: Account) -> str:
    return Account.objects.get(id=account.id).status


def made_late(approval: Approval, superuser_url: str) -> None:
    """Let an approval have expired a minute ago, as only a superuser could."""
    with psycopg.connect(superuser_url, autocommit=True) as superuser:
        superuser.execute("SET session_replication_role = replica")
        superuser.execute("ALTER TABLE approvals_approval DISABLE TRIGGER approval_is_decided_once")
        superuser.execute(
            "UPDATE approvals_approval SET expires_at = now() - interval '1 minute' WHERE id = %s",
            [decode("apr", approval.id)],
        )
        superuser.execute("ALTER TABLE approvals_approval ENABLE ALWAYS TRIGGER approval_is_decided_once")


class TestApprove:
    def test_does_what_was_asked_for(self, db: None) -> None:
        account = someone().account("5.00")
        approval = asked("account.freeze", account.id)
        assert status_of(account) == "ENABLED"
        checker = officer(APPROVER)
        done = operations.approve(approval.id, digest=approval.payload_digest, by=checker)
        assert (done.status, done.decided_by_id) == ("APPROVED", checker.user_id)
        assert done.decided_at is not None
        assert status_of(account) == "FROZEN"

    def test_is_not_for_who_asked_whatever_their_roles(self, db: None) -> None:
        account = someone().account()
        both = officer(TELLER, APPROVER)
        approval = asked("account.freeze", account.id, by=both)
        with pytest.raises(OwnRequest):
            operations.approve(approval.id, digest=approval.payload_digest, by=both)
        assert status_of(account) == "ENABLED"

    def test_is_only_of_what_was_looked_at(self, db: None) -> None:
        approval = asked("account.freeze", someone().account().id)
        with pytest.raises(ApprovalChanged):
            operations.approve(approval.id, digest="0" * 64, by=officer(APPROVER))

    def test_is_not_of_a_thing_that_changed_meanwhile(self, db: None) -> None:
        account = someone().account()
        freeze = asked("account.freeze", account.id)
        restricted(account, "DEBIT_BLOCKED")
        with pytest.raises(TargetChanged):
            operations.approve(freeze.id, digest=freeze.payload_digest, by=officer(APPROVER))

    def test_happens_once(self, db: None) -> None:
        account = someone().account()
        approval = agreed("account.freeze", account.id)
        for decide in (operations.approve, operations.reject):
            with pytest.raises(ApprovalDecided):
                decide(approval.id, digest=approval.payload_digest, by=officer(APPROVER))

    def test_is_not_found_for_another_id(self, db: None) -> None:
        for approval_id in (new("apr"), "nonsense"):
            with pytest.raises(ApprovalNotFound):
                operations.approve(approval_id, digest="0" * 64, by=officer(APPROVER))

    def test_comes_too_late_by_the_clock_alone(self, real_db: None, superuser_url: str) -> None:
        account = someone().account()
        approval = asked("account.freeze", account.id)
        made_late(approval, superuser_url)
        assert queries.get_approval(approval.id).present_status(timezone.now()) == "EXPIRED"
        with pytest.raises(ApprovalExpired):
            operations.approve(approval.id, digest=approval.payload_digest, by=officer(APPROVER))
        again = asked("account.freeze", account.id)
        assert Approval.objects.get(id=approval.id).status == "EXPIRED"
        assert again.status == "PENDING"

    def test_refuses_a_payload_somebody_changed_in_the_table(self, real_db: None, superuser_url: str) -> None:
        account = someone().account()
        approval = asked("account.overdraft", account.id, minor=100, currency="GBP")
        with psycopg.connect(superuser_url, autocommit=True) as superuser:
            superuser.execute("ALTER TABLE approvals_approval DISABLE TRIGGER approval_is_decided_once")
            superuser.execute(
                "UPDATE approvals_approval SET payload = jsonb_set(payload, '{minor}', '9') WHERE id = %s",
                [decode("apr", approval.id)],
            )
            superuser.execute("ALTER TABLE approvals_approval ENABLE ALWAYS TRIGGER approval_is_decided_once")
        with pytest.raises(ApprovalChanged):
            operations.approve(approval.id, digest=approval.payload_digest, by=officer(APPROVER))


class TestReject:
    def test_leaves_everything_as_it_is(self, db: None) -> None:
        account = someone().account()
        approval = asked("account.freeze", account.id)
        done = operations.reject(
            approval.id, digest=approval.payload_digest, note="no reason", by=officer(APPROVER)
        )
        assert (done.status, done.note) == ("REJECTED", "no reason")
        assert status_of(account) == "ENABLED"

    def test_is_not_for_who_asked(self, db: None) -> None:
        maker = officer(TELLER, APPROVER)
        approval = asked("account.freeze", someone().account().id, by=maker)
        with pytest.raises(OwnRequest):
            operations.reject(approval.id, digest=approval.payload_digest, by=maker)


class TestRequest:
    def test_is_made_once_until_it_is_decided(self, db: None) -> None:
        account = someone().account()
        asked("account.freeze", account.id)
        with pytest.raises(ApprovalPending):
            asked("account.freeze", account.id)

    def test_needs_a_person(self, db: None) -> None:
        with pytest.raises(AskerUnknown):
            asked("account.freeze", someone().account().id, by=system("tests"))

    def test_needs_something_that_can_be_done(self, db: None) -> None:
        account = someone().account()
        for change in ("account.unfreeze", "account.unblock"):
            with pytest.raises(AccountStateConflict):
                asked(change, account.id)
        with pytest.raises(AccountNotFound):
            asked("account.freeze", new("acc"))


class TestExpireApprovals:
    def test_notes_what_nobody_decided(self, real_db: None, superuser_url: str) -> None:
        late, fresh = (asked("account.freeze", someone().account().id) for _ in range(2))
        made_late(late, superuser_url)
        assert operations.expire_approvals(by=system("tests")) >= 1
        assert Approval.objects.get(id=late.id).status == "EXPIRED"
        assert Approval.objects.get(id=fresh.id).status == "PENDING"

    def test_that_cannot_be_noted_holds_up_no_other(
        self,
        real_db: None,
        superuser_url: str,
        monkeypatch: pytest.MonkeyPatch,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        failing, other = (asked("account.freeze", someone().account().id) for _ in range(2))
        made_late(failing, superuser_url)
        made_late(other, superuser_url)
        decide = operations._decide

        def fail(approval: Approval, *args: Any, **options: Any) -> None:
            decide(approval, *args, **options)
            if approval.id == failing.id:
                raise IntegrityError("no")

        monkeypatch.setattr(operations, "_decide", fail)
        operations.expire_approvals(by=system("tests"))
        assert Approval.objects.get(id=other.id).status == "EXPIRED"
        assert Approval.objects.get(id=failing.id).status == "PENDING"
        (line,) = [each for each in caplog.records if each.message == "one piece of work failed"]
        assert line.approval_id == failing.id  # type: ignore[attr-defined]


class TestStatuses:
    @pytest.mark.parametrize("status", ["FROZEN", "DEBIT_BLOCKED", "CREDIT_BLOCKED"])
    def test_are_reached_and_left_by_agreement(self, db: None, status: str) -> None:
        account = someone().account("1.00")
        assert restricted(account, status).status == status
        agreed("account.unfreeze" if status == "FROZEN" else "account.unblock", account.id)
        assert status_of(account) == "ENABLED"


class TestOverdraft:
    def test_lets_an_account_go_below_zero_so_far_and_no_further(self, db: None) -> None:
        person = someone()
        one, two = person.account("5.00"), person.account()
        agreed("account.overdraft", one.id, minor=1000, currency="GBP")
        assert make_payment(order(one, two, "15.00"), by=person.actor).status == "ACCC"
        assert make_payment(order(one, two, "0.01"), by=person.actor).reason_code == "AM04"
        assert balance(one) == -1000

    def test_cannot_shrink_below_what_is_used(self, db: None) -> None:
        person = someone()
        one, two = person.account(), person.account()
        agreed("account.overdraft", one.id, minor=1000, currency="GBP")
        move(one, two, "6.00")
        with pytest.raises(OverdraftInUse):
            asked("account.overdraft", one.id, minor=599, currency="GBP")
        agreed("account.overdraft", one.id, minor=600, currency="GBP")
        assert Account.objects.get(id=one.id).overdraft_limit == 600


class TestRaces:
    def test_ten_checkers_decide_once(self, real_db: None) -> None:
        account = someone().account()
        approval = asked("account.freeze", account.id)
        checkers = [officer(APPROVER) for _ in range(10)]

        def decide(number: int) -> str:
            act = operations.approve if number % 2 else operations.reject
            try:
                return str(act(approval.id, digest=approval.payload_digest, by=checkers[number]).status)
            except BankError as error:
                return error.code

        done = all_at_once(10, decide)
        assert done.count("approval_decided") == 9
        kept = Approval.objects.get(id=approval.id).status
        assert kept in done
        assert status_of(account) == ("FROZEN" if kept == "APPROVED" else "ENABLED")

    def test_ten_makers_ask_once(self, real_db: None) -> None:
        account = someone().account()
        makers = [officer(TELLER) for _ in range(10)]

        def ask(number: int) -> str:
            try:
                return asked("account.freeze", account.id, by=makers[number]).status
            except ApprovalPending:
                return "pending already"

        done = all_at_once(10, ask)
        assert sorted(done) == ["PENDING"] + ["pending already"] * 9

    def test_freezing_waits_for_payments_that_began_and_stops_the_rest(self, real_db: None) -> None:
        person = someone()
        one, two = person.account("100.00"), person.account()
        approval, checker = asked("account.freeze", one.id), officer(APPROVER)
        seen: list[int] = []

        def act(number: int) -> str:
            if number == 7:
                operations.approve(approval.id, digest=approval.payload_digest, by=checker)
                seen.append(balance(one))
                return "frozen"
            payment = make_payment(order(one, two, "1.00"), by=person.actor)
            return payment.reason_code or str(payment.status)

        done = all_at_once(15, act)
        assert set(done) <= {"frozen", "ACCC", "AC06"}
        assert seen == [balance(one)]
        assert 10_000 - balance(one) == 100 * done.count("ACCC")


class TestDatabase:
    """The last line: a session of the application's own role."""

    def test_knows_that_who_asks_does_not_decide(self, real_db: None, database_urls: dict[str, str]) -> None:
        approval = asked("account.freeze", someone().account().id)
        with (
            psycopg.connect(database_urls["bank_app"]) as psql,
            pytest.raises(psycopg.errors.CheckViolation, match="who_asks_does_not_decide"),
        ):
            psql.execute(
                "UPDATE approvals_approval SET status = 'APPROVED', decided_by_id = requested_by_id "
                "WHERE id = %s",
                [decode("apr", approval.id)],
            )

    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE approvals_approval SET status = 'PENDING', decided_by_id = NULL WHERE id = %s",
            "UPDATE approvals_approval SET status = 'REJECTED' WHERE id = %s",
        ],
    )
    def test_keeps_a_decision(self, real_db: None, database_urls: dict[str, str], statement: str) -> None:
        approval = agreed("account.freeze", someone().account().id)
        with (
            psycopg.connect(database_urls["bank_app"]) as psql,
            pytest.raises(psycopg.errors.IntegrityConstraintViolation, match="decided once"),
        ):
            psql.execute(statement, [decode("apr", approval.id)])  # type: ignore[arg-type]

    @pytest.mark.parametrize("column", ["payload", "after", "operation", "target_id", "requested_by_id"])
    def test_lets_nobody_change_what_was_asked_for(
        self, real_db: None, database_urls: dict[str, str], column: str
    ) -> None:
        with (
            psycopg.connect(database_urls["bank_app"]) as psql,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            psql.execute(f"UPDATE approvals_approval SET {column} = {column}")  # type: ignore[arg-type] # noqa: S608

    @pytest.mark.parametrize(
        "change",
        ["status = 'FROZEN'", "status = 'DEBIT_BLOCKED'", "status = 'PENDING'", "overdraft_limit = 100"],
    )
    def test_refuses_what_nobody_approved(
        self, real_db: None, database_urls: dict[str, str], change: str
    ) -> None:
        account = someone().account()
        agreed("account.overdraft", account.id, minor=500, currency="GBP")
        with (
            psycopg.connect(database_urls["bank_app"]) as psql,
            pytest.raises(psycopg.errors.InsufficientPrivilege, match="nobody approved this"),
        ):
            psql.execute(
                f"UPDATE accounts_account SET {change} WHERE id = %s",  # type: ignore[arg-type] # noqa: S608
                [decode("acc", account.id)],
            )

    def test_does_not_take_an_old_approval_twice(self, real_db: None, database_urls: dict[str, str]) -> None:
        account = someone().account()
        agreed("account.freeze", account.id)
        agreed("account.unfreeze", account.id)
        with (
            psycopg.connect(database_urls["bank_app"]) as psql,
            pytest.raises(psycopg.errors.InsufficientPrivilege, match="nobody approved this"),
        ):
            psql.execute(
                "UPDATE accounts_account SET status = 'FROZEN' WHERE id = %s", [decode("acc", account.id)]
            )

    def test_says_public_ids_as_python_does(self, real_db: None, database_urls: dict[str, str]) -> None:
        ids = [new("acc") for _ in range(20)]
        with psycopg.connect(database_urls["bank_app"]) as psql:
            said = psql.execute(
                "SELECT public.public_id('acc', id) FROM unnest(%s::uuid[]) AS id",
                [[decode("acc", i) for i in ids]],
            ).fetchall()
        assert [text for (text,) in said] == ids

    def test_never_opens_for_a_late_decision(
        self, real_db: None, database_urls: dict[str, str], superuser_url: str
    ) -> None:
        approval = asked("account.freeze", someone().account().id)
        made_late(approval, superuser_url)
        checker = officer(APPROVER)
        with (
            psycopg.connect(database_urls["bank_app"]) as psql,
            pytest.raises(psycopg.errors.IntegrityConstraintViolation, match="in time"),
        ):
            psql.execute(
                "UPDATE approvals_approval SET status = 'APPROVED', decided_by_id = %s WHERE id = %s",
                [decode("usr", str(checker.user_id)), decode("apr", approval.id)],
            )

    def test_keeps_every_approval(self, real_db: None, superuser_url: str) -> None:
        asked("account.freeze", someone().account().id)
        for statement in ("DELETE FROM approvals_approval", "TRUNCATE approvals_approval"):
            with (
                psycopg.connect(superuser_url) as owner,
                pytest.raises(psycopg.errors.IntegrityConstraintViolation),
            ):
                owner.execute(statement)  # type: ignore[arg-type]
