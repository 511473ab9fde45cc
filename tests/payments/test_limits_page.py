"""The page of an account's limits: what is used of them, lowered at once, raised by the bank alone."""

import pytest

from accounts.models import Customer
from approvals.models import Approval
from payments.models import PaymentLimit
from tests.pages.conftest import cheap_hashing
from tests.payments.test_send_money import Payer, fresh
from tests.support.customers import someone

__all__ = ["cheap_hashing"]  # a fixture


def page_of(account_id: str) -> str:
    return f"/account/accounts/{account_id}/limits/"


class Careful(Payer):
    """A customer who looks at an account's limits."""

    @property
    def page(self) -> str:
        return page_of(self.account.id)

    def words(self) -> str:
        return str(self.browser.get(self.page).content.decode())

    def change(self, per_payment: str = "", per_day: str = "", *, step: str = "lower") -> int:
        fields = {"per_payment": per_payment, "per_day": per_day, "step": step}
        return int(self.browser.send(self.page, fields).status_code)

    @property
    def limits(self) -> list[tuple[int | None, int | None]]:
        found = PaymentLimit.objects.filter(account_id=self.account.id)
        return list(found.values_list("per_payment", "per_day"))


@pytest.fixture
def payer(db: None) -> Careful:
    return Careful()


class TestLimits:
    def test_are_none_at_first(self, payer: Careful) -> None:
        assert payer.words().count("No limit") == 2

    def test_are_lowered_at_once(self, payer: Careful) -> None:
        assert payer.change("20.00", "50.00") == 302
        assert payer.limits == [(2000, 5000)]
        assert payer.change("10.00", "50.00") == 302
        assert payer.limits == [(1000, 5000)]

    def test_say_what_is_used_and_left_today(self, payer: Careful) -> None:
        payer.change("", "50.00")
        payer.confirm(payer.look("12.50"), fresh(payer))
        words = payer.words()
        assert "£12.50" in words
        assert "£37.50" in words

    @pytest.mark.parametrize(("per_payment", "per_day"), [("20.01", "50.00"), ("20.00", ""), ("", "")])
    def test_are_not_raised_here(self, payer: Careful, per_payment: str, per_day: str) -> None:
        payer.change("20.00", "50.00")
        assert payer.change(per_payment, per_day) == 422
        assert payer.limits == [(2000, 5000)]

    def test_are_asked_for_once(self, payer: Careful) -> None:
        payer.change("20.00", "50.00")
        assert payer.change("30.00", "50.00", step="ask") == 302
        asked = Approval.objects.get(operation="account.limits", target_id=payer.account.id)
        assert asked.payload == {"per_payment": 3000, "per_day": 5000}
        assert payer.limits == [(2000, 5000)]
        assert "has not decided yet" in payer.words()
        assert payer.change("40.00", "50.00", step="ask") == 422

    @pytest.mark.parametrize("amount", ["-1", "1.234", "1e3", "much", "\u0661", "1" * 20])
    def test_are_amounts(self, payer: Careful, amount: str) -> None:
        assert payer.change(amount, "50.00") == 422
        assert payer.limits == []

    def test_are_nobody_elses(self, payer: Careful) -> None:
        other = someone().account("5.00")
        assert payer.browser.get(page_of(other.id)).status_code == 404
        assert payer.browser.get("/account/accounts/acc_x/limits/").status_code == 404

    def test_are_seen_by_a_viewer_and_not_changed(self, payer: Careful) -> None:
        me = open_viewer(payer)
        assert payer.browser.get(page_of(me)).status_code == 200
        for step in ("lower", "ask"):
            fields = {"per_payment": "1.00", "per_day": "", "step": step}
            assert payer.browser.send(page_of(me), fields).status_code == 422
        assert not PaymentLimit.objects.filter(account_id=me).exists()


def open_viewer(payer: Careful) -> str:
    """Open somebody's account that the payer may look at; return its id."""
    viewer = Customer.objects.get(user=payer.person.user)
    return str(someone().account("5.00", holders={viewer.id: "viewer"}).id)
