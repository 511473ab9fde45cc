"""Accounts opened by their owner, closed when nothing depends on them, shared by agreement."""

from typing import Any

import pytest

from accounts import hindrances
from accounts.errors import (
    AccountNotEmpty,
    AccountShared,
    AccountStateConflict,
    CustomerNotFound,
    HoldersUnchanged,
    NotTheOwner,
    NotVerified,
    TooManyAccounts,
)
from accounts.models import Account, AccountHolder, Customer
from accounts.operations import close_account, close_own_account, open_own_account
from accounts.rules import OPEN_ACCOUNTS_AT_MOST
from audit.actor import Actor, system
from bank.errors import BankError, Conflict
from oauth.operations import revoke_consent
from payments.errors import NotAllowedToPay
from payments.operations import make_payment
from tests.oauth.threads import all_at_once
from tests.payments.test_make_payment import balance, order
from tests.support.customers import BY, Someone, move, someone
from tests.support.own_app import signed_in
from tests.support.staff import agreed, asked, restricted


def opened(by: Actor, **changes: Any) -> Account:
    return open_own_account(**{"name": "Holidays", "kind": "savings", "currency": "EUR", "by": by, **changes})


class TestOpenOwnAccount:
    def test_makes_the_person_its_owner(self, db: None) -> None:
        person = someone()
        account = opened(person.actor)
        holder = AccountHolder.objects.get(account=account)
        assert (holder.customer_id, holder.role) == (person.customer_id, "owner")
        assert (account.status, account.booked, account.overdraft_limit) == ("ENABLED", 0, 0)
        assert account.iban is not None
        assert account.iban[-4:] == account.last4

    def test_is_for_verified_customers(self, db: None) -> None:
        person = someone()
        Customer.objects.filter(id=person.customer_id).update(kyc_status="PENDING")
        with pytest.raises(NotVerified):
            opened(person.actor)
        for nobody in (system("tests"), Actor(type="anonymous")):
            with pytest.raises(CustomerNotFound):
                opened(nobody)

    def test_ends_at_the_limit_however_many_ask_at_once(self, real_db: None) -> None:
        person = someone()
        for _ in range(OPEN_ACCOUNTS_AT_MOST - 3):
            person.account()

        def act() -> str:
            try:
                return str(opened(person.actor).status)
            except TooManyAccounts:
                return "too many"

        assert sorted(all_at_once(6, act)) == ["ENABLED"] * 3 + ["too many"] * 3


class TestCloseAccount:
    def test_is_for_the_owner_alone(self, db: None) -> None:
        person, partner = someone(), someone()
        account = person.account(holders={partner.customer_id: "joint"})
        with pytest.raises(NotTheOwner):
            close_own_account(account.id, by=partner.actor)
        assert close_own_account(account.id, by=person.actor).status == "CLOSED"

    def test_waits_for_the_money_to_be_gone(self, db: None) -> None:
        person = someone()
        account = person.account("0.01")
        with pytest.raises(AccountNotEmpty):
            close_own_account(account.id, by=person.actor)
        move(account, person.account(), "0.01")
        assert close_own_account(account.id, by=person.actor).closed_at is not None

    def test_waits_for_the_last_app(self, db: None) -> None:
        person = someone()
        account = person.account()
        app = person.app([account])
        with pytest.raises(AccountShared):
            close_own_account(account.id, by=person.actor)
        revoke_consent(str(app.consent_id), by=person.actor)
        assert close_own_account(account.id, by=person.actor).status == "CLOSED"

    @pytest.mark.parametrize("status", ["FROZEN", "DEBIT_BLOCKED", "CREDIT_BLOCKED"])
    def test_is_refused_while_staff_restrict_it(self, db: None, status: str) -> None:
        person = someone()
        account = restricted(person.account(), status)
        with pytest.raises(AccountStateConflict):
            close_own_account(account.id, by=person.actor)

    def test_asks_the_apps_above(self, db: None, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(hindrances, "_HINDRANCES", [Conflict])
        account = someone().account()
        with pytest.raises(Conflict, match=account.id):
            close_account(account.id, by=BY)

    def test_and_paying_at_once_never_leave_money_on_a_closed_account(self, real_db: None) -> None:
        person = someone()
        one, two = person.account("1.00"), person.account()

        def act(number: int) -> str:
            if number % 3 == 0:
                try:
                    return close_own_account(two.id, by=person.actor).status
                except BankError as error:
                    return error.code
            payment = make_payment(order(one, two, "0.10"), by=person.actor)
            return payment.reason_code or str(payment.status)

        done = all_at_once(12, act)
        assert set(done) <= {"CLOSED", "account_not_empty", "ACCC", "AC04"}
        kept = Account.objects.get(id=two.id)
        assert kept.booked == 10 * done.count("ACCC")
        assert (kept.status == "CLOSED") == ("CLOSED" in done)
        assert kept.status == "ENABLED" or kept.booked == 0


class TestHolders:
    def added(self, account: Account, person: Someone, role: str | None) -> None:
        agreed("account.holder", account.id, customer=person.customer_id, role=role)

    def test_a_joint_holder_pays_once_two_of_staff_agreed(self, db: None) -> None:
        person, partner = someone(), someone()
        account = person.account("5.00")
        self.added(account, partner, "joint")
        assert make_payment(order(account, partner.account()), by=partner.actor).status == "ACCC"
        self.added(account, partner, None)
        assert list(AccountHolder.objects.filter(account=account).values_list("role", flat=True)) == ["owner"]

    def test_a_viewer_never_pays_until_made_joint(self, real_db: None) -> None:
        person, viewer = someone(), someone()
        account = person.account("5.00")
        self.added(account, viewer, "viewer")
        with pytest.raises(NotAllowedToPay):
            make_payment(order(account, viewer.account()), by=viewer.actor)
        self.added(account, viewer, "joint")
        assert make_payment(order(account, viewer.account()), by=viewer.actor).status == "ACCC"

    @pytest.mark.parametrize("role", ["owner", "joint", None])
    def test_the_owner_stays_the_owner(self, db: None, role: str | None) -> None:
        person = someone()
        account = person.account()
        with pytest.raises(HoldersUnchanged):
            self.added(account, person, role)

    def test_needs_a_customer(self, db: None) -> None:
        person, other = someone(), someone()
        unknown = Someone(other.user, "cus_00000000000000000000000000")
        account = person.account()
        with pytest.raises(CustomerNotFound):
            asked("account.holder", account.id, customer=unknown.customer_id, role="joint")
        self.added(account, other, "joint")


class TestOverHttp:
    def test_opens_and_closes(self, db: None) -> None:
        person = someone()
        app = signed_in(person.user, factors=1)
        body = {"name": "Holidays", "kind": "savings", "currency": "EUR"}
        made, again = (app.post("/accounts", body, key="open-1") for _ in range(2))
        assert (made.status, made.json) == (201, again.json)
        path = made.headers["Location"].removeprefix("/v1")
        assert app.get(path).json == made.json
        assert app.post(f"{path}/close").json["status"] == "CLOSED"

    def test_refuses_to_close_with_money_and_hides_what_is_not_ones_own(self, db: None) -> None:
        person = someone()
        app = signed_in(person.user)
        full, theirs = person.account("1.00"), someone().account()
        refused = app.post(f"/accounts/{full.id}/close")
        assert (refused.status, refused.json["code"]) == (409, "account_not_empty")
        assert app.post(f"/accounts/{theirs.id}/close").status == 404
        assert balance(full) == 100

    @pytest.mark.parametrize(
        "change", [{"kind": "settlement"}, {"currency": "XXX"}, {"name": ""}, {"overdraft_limit": 5}]
    )
    def test_refuses_what_is_no_account(self, db: None, change: dict[str, Any]) -> None:
        body = {"name": "Holidays", "kind": "savings", "currency": "EUR", **change}
        assert signed_in(someone().user).post("/accounts", body).status == 400
