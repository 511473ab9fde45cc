"""Four eyes over the real doors: staff with two factors, each with their own role."""

from typing import Any

import pytest

from accounts.models import Account
from approvals.models import Approval
from bank.access.roles import APPROVER, COMPLIANCE, CUSTOMER, PLATFORM_ADMIN, SUPPORT, TELLER
from oauth.models import User
from tests.support.customers import someone
from tests.support.own_app import OwnApp, signed_in
from tests.support.staff import asked, officer


def staff(*roles: str, factors: int = 2) -> OwnApp:
    return signed_in(User.objects.get(id=officer(*roles).user_id), factors=factors)


def ask_to_freeze(app: OwnApp, account: Account) -> Any:
    return app.post(f"/accounts/{account.id}/freeze", {"reason": "suspicious"})


class TestAsking:
    def test_answers_202_with_what_would_change(self, db: None) -> None:
        account = someone().account()
        answered = ask_to_freeze(staff(TELLER), account)
        assert answered.status == 202, answered.text
        said = answered.json
        assert said["changes"] == [{"field": "status", "before": "ENABLED", "after": "FROZEN"}]
        assert said["target"] == {"type": "account", "id": account.id}
        assert answered.headers["Location"] == f"/v1/approvals/{said['id']}"

    @pytest.mark.parametrize(
        ("path", "body", "field"),
        [
            (
                "block",
                {"direction": "DBIT"},
                {"field": "status", "before": "ENABLED", "after": "DEBIT_BLOCKED"},
            ),
            (
                "block",
                {"direction": "CRDT"},
                {"field": "status", "before": "ENABLED", "after": "CREDIT_BLOCKED"},
            ),
            (
                "overdraft",
                {"limit": {"amount": "25.00", "currency": "GBP"}},
                {"field": "overdraft_limit", "before": 0, "after": 2500},
            ),
        ],
    )
    def test_is_for_blocks_and_overdrafts_too(
        self, db: None, path: str, body: dict[str, Any], field: dict[str, Any]
    ) -> None:
        account = someone().account()
        answered = staff(TELLER).post(f"/accounts/{account.id}/{path}", {"reason": "r", **body})
        assert answered.status == 202, answered.text
        assert (answered.status, answered.json["changes"]) == (202, [field])

    @pytest.mark.parametrize("role", [SUPPORT, APPROVER, PLATFORM_ADMIN, CUSTOMER])
    def test_is_not_for_other_roles(self, db: None, role: str) -> None:
        assert ask_to_freeze(staff(role), someone().account()).status == 403

    def test_needs_the_second_factor(self, db: None) -> None:
        assert ask_to_freeze(staff(TELLER, factors=1), someone().account()).status == 403

    def test_of_the_wrong_state_is_a_conflict_and_of_no_account_not_found(self, db: None) -> None:
        teller, account = staff(TELLER), someone().account()
        assert teller.post(f"/accounts/{account.id}/unfreeze", {"reason": "r"}).status == 409
        assert teller.post("/accounts/acc_nonsense/freeze", {"reason": "r"}).status == 404
        assert teller.post(f"/accounts/{account.id}/freeze", {}).status == 400

    def test_of_more_than_the_bank_lends_is_refused(self, db: None) -> None:
        account = someone().account(currency="CLF")
        body = {"reason": "r", "limit": {"amount": "9999999999999.9999", "currency": "CLF"}}
        refused = staff(TELLER).post(f"/accounts/{account.id}/overdraft", body)
        assert (refused.status, refused.json["reason_code"]) == (422, "AM02")


class TestDeciding:
    def test_carries_it_out(self, db: None) -> None:
        account = someone().account()
        said = ask_to_freeze(staff(COMPLIANCE), account).json
        answered = staff(APPROVER).post(f"/approvals/{said['id']}/approve", {"digest": said["digest"]})
        assert (answered.status, answered.json["status"]) == (200, "APPROVED")
        assert Account.objects.get(id=account.id).status == "FROZEN"

    def test_is_repeated_for_the_same_key(self, db: None) -> None:
        said = ask_to_freeze(staff(TELLER), someone().account()).json
        checker, path = staff(APPROVER), f"/approvals/{said['id']}/approve"
        first = checker.post(path, {"digest": said["digest"]}, key="k")
        again = checker.post(path, {"digest": said["digest"]}, key="k")
        assert (first.json, again.headers["Idempotency-Replayed"]) == (again.json, "true")
        assert checker.post(path, {"digest": said["digest"]}).status == 409

    def test_is_not_for_who_asked_and_that_leaves_a_trace(self, real_db: None, superuser_url: str) -> None:
        import psycopg

        both = staff(TELLER, APPROVER)
        said = ask_to_freeze(both, someone().account()).json
        for verb in ("approve", "reject"):
            refused = both.post(f"/approvals/{said['id']}/{verb}", {"digest": said["digest"]})
            assert (refused.status, refused.json["code"]) == (403, "own_request")
        with psycopg.connect(superuser_url) as superuser:
            found = superuser.execute(
                "SELECT count(*) FROM audit.outbox WHERE body LIKE %s AND body LIKE %s",
                [b"%approval.denied%", f"%{said['id']}%".encode()],
            ).fetchone()
        assert found == (2,)

    def test_of_something_else_than_was_looked_at_is_a_conflict(self, db: None) -> None:
        said = ask_to_freeze(staff(TELLER), someone().account()).json
        checker = staff(APPROVER)
        refused = checker.post(f"/approvals/{said['id']}/approve", {"digest": "0" * 64})
        assert (refused.status, refused.json["code"]) == (409, "approval_changed")
        assert checker.post(f"/approvals/{said['id']}/approve", {"digest": "no"}).status == 400

    def test_says_no_with_a_note(self, db: None) -> None:
        said = ask_to_freeze(staff(TELLER), someone().account()).json
        body = {"digest": said["digest"], "note": "not enough"}
        answered = staff(APPROVER).post(f"/approvals/{said['id']}/reject", body)
        assert (answered.json["status"], answered.json["note"]) == ("REJECTED", "not enough")

    @pytest.mark.parametrize("role", [TELLER, COMPLIANCE, PLATFORM_ADMIN, SUPPORT])
    def test_is_not_for_other_roles(self, db: None, role: str) -> None:
        approval = asked("account.freeze", someone().account().id)
        refused = staff(role).post(f"/approvals/{approval.id}/approve", {"digest": approval.payload_digest})
        assert refused.status == 403


class TestReading:
    def test_lists_by_status_page_by_page(self, db: None) -> None:
        made = [asked("account.freeze", someone().account().id).id for _ in range(3)]
        app = staff(TELLER)
        first = app.get("/approvals?status=PENDING&limit=2")
        assert first.status == 200, first.text
        first = first.json
        rest = app.get(f"/approvals?status=PENDING&limit=2&cursor={first['next_cursor']}").json
        assert [row["id"] for row in [*first["data"], *rest["data"]]][:3] == made[::-1]
        assert not set(made) & {row["id"] for row in app.get("/approvals?status=APPROVED").json["data"]}
        assert app.get("/approvals?status=OTHER").status == 400

    def test_is_not_for_customers(self, db: None) -> None:
        approval: Approval = asked("account.freeze", someone().account().id)
        app = signed_in(someone().user)
        assert app.get("/approvals").status == 403
        assert app.get(f"/approvals/{approval.id}").status == 403
