"""What apps look at: counted while the customer is there, capped while not, and shown to them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from oauth.models import Consent, DataAccess
from oauth.operations.accesses import keep_noted
from oauth.operations.sweep import sweep
from tests.oauth.threads import all_at_once
from tests.payments.approving import Asking
from tests.payments.test_payment_consent import words_of

PRESENT = {"x-fapi-customer-ip-address": "198.51.100.7"}
ACTIONS = ["accounts:read", "balances:read", "transactions:read"]


def share(asking: Asking) -> Asking:
    asking.approve({"type": "account_information", "actions": ACTIONS})
    return asking


def leave(asking: Asking) -> None:
    """The customer decided yesterday."""
    past = datetime.now(UTC) - timedelta(days=1)
    Consent.objects.filter(id=asking.consent.id).update(created_at=past)


def look(asking: Asking, path: str = "/balances", **headers: str) -> Any:
    return asking.client.call("GET", f"/v1/accounts/{asking.debtor.id}{path}", asking.token, headers=headers)


def rows(asking: Asking) -> list[tuple[str, bool, int]]:
    keep_noted()
    found = DataAccess.objects.filter(consent=asking.consent).order_by("what", "is_attended")
    return [(row.what, row.is_attended, row.count) for row in found]


@pytest.fixture
def asking(db: None) -> Asking:
    return share(Asking())


@pytest.fixture
def real_asking(real_db: None) -> Asking:
    return share(Asking())


class TestWithTheCustomer:
    def test_looks_are_counted_and_not_capped(self, asking: Asking) -> None:
        assert [look(asking).status for _ in range(6)] == [200] * 6
        assert look(asking, "").status == 200
        assert asking.get("/v1/accounts").status == 200
        assert rows(asking) == [("account", True, 1), ("accounts", True, 1), ("balances", True, 6)]

    def test_a_later_batch_adds_to_the_hour(self, asking: Asking) -> None:
        look(asking)
        assert rows(asking) == [("balances", True, 1)]
        look(asking)
        assert rows(asking) == [("balances", True, 2)]

    def test_cost_no_query(self, asking: Asking) -> None:
        with CaptureQueriesContext(connection) as captured:
            look(asking)
        assert not [query for query in captured if "dataaccess" in query["sql"]]

    def test_are_taken_at_the_apps_word_after_an_hour(self, asking: Asking) -> None:
        leave(asking)
        assert [look(asking, **PRESENT).status for _ in range(6)] == [200] * 6
        assert rows(asking) == [("balances", True, 6)]

    @pytest.mark.parametrize("address", ["", "here", "198.51.100.7, 10.0.0.1", "999.1.1.1"])
    def test_need_an_address_that_is_one(self, asking: Asking, address: str) -> None:
        refused = look(asking, **{"x-fapi-customer-ip-address": address})
        assert (refused.status, refused.json["code"]) == (400, "customer_address_malformed")

    def test_keep_no_address(self, asking: Asking) -> None:
        look(asking, **PRESENT)
        keep_noted()
        kept = DataAccess.objects.filter(consent=asking.consent).values().get()
        assert "198.51.100.7" not in str(kept)

    def test_go_on_while_nobody_can_note(self, asking: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
        from redis.exceptions import ConnectionError as Away

        def away(*_: object) -> Any:
            raise Away

        monkeypatch.setattr("oauth.operations.accesses.ask", away)
        monkeypatch.setattr("oauth.operations.accesses.get_redis_connection", away)
        assert look(asking).status == 200
        assert keep_noted() == 0
        assert asking.browser.open("https://testserver/account/apps/").status == 200

    def test_of_a_consent_that_was_undone_do_not_stop_the_others(self, asking: Asking) -> None:
        from bank.public_ids import new
        from oauth.operations.accesses import _note

        _note(new("con"), "balances", "", datetime.now(UTC))
        look(asking)
        assert rows(asking) == [("balances", True, 1)]


class TestWithoutTheCustomer:
    def test_four_looks_a_day_at_each_thing(self, asking: Asking) -> None:
        leave(asking)
        assert [look(asking).status for _ in range(4)] == [200] * 4
        fifth = look(asking)
        assert (fifth.status, fifth.json["code"]) == (429, "customer_not_present")
        assert 0 < int(fifth.headers["Retry-After"]) <= 86_401
        assert look(asking, "/transactions").status == 200
        assert look(asking, **PRESENT).status == 200
        assert ("balances", False, 4) in rows(asking)

    def test_begin_again_the_next_day(self, asking: Asking) -> None:
        leave(asking)
        for _ in range(5):
            look(asking)
        day = DataAccess.objects.get(consent=asking.consent).began_at
        DataAccess.objects.filter(consent=asking.consent).delete()
        DataAccess.objects.create(
            consent=asking.consent, what="balances", about=asking.debtor.id, is_attended=False,
            began_at=day - timedelta(days=1), count=4, first_at=day, last_at=day,
        )  # fmt: skip
        assert look(asking).status == 200

    def test_a_list_is_one_look_with_all_its_pages(self, db: None) -> None:
        asking = Asking()
        url = asking.client.authorize_url(asking.client.push(scope="accounts:read").json["request_uri"])
        answered = asking.browser.decide(url, accounts=[asking.debtor.id, asking.other.id])
        asking.token = asking.client.redeem(answered.answer["code"]).json["access_token"]
        leave(asking)
        first = asking.get("/v1/accounts?limit=1").json
        second = asking.get(f"/v1/accounts?limit=1&cursor={first['next_cursor']}").json
        assert (len(second["data"]), second["has_more"]) == (1, False)
        assert rows(asking) == [("accounts", False, 1)]

    def test_the_banks_own_app_is_not_counted(self, db: None) -> None:
        from tests.payments.approving import app_of

        asking = Asking(client=app_of(first_party=True))
        url = asking.client.authorize_url(asking.client.push(scope="accounts:read").json["request_uri"])
        asking.token = asking.client.redeem(asking.browser.open(url).answer["code"]).json["access_token"]
        leave(asking)
        assert [asking.get("/v1/accounts").status for _ in range(6)] == [200] * 6

    def test_twenty_looks_at_once_are_four(self, real_asking: Asking) -> None:
        leave(real_asking)
        statuses = [reply.status for reply in all_at_once(20, lambda: look(real_asking))]
        assert sorted(statuses) == [200] * 4 + [429] * 16

    def test_the_database_keeps_the_cap_too(self, asking: Asking) -> None:
        now = datetime.now(UTC)
        with pytest.raises(IntegrityError, match="unattended_access_is_capped"), transaction.atomic():
            DataAccess.objects.create(
                consent=asking.consent, what="balances", is_attended=False,
                began_at=now, count=5, first_at=now, last_at=now,
            )  # fmt: skip


class TestShown:
    def test_names_what_was_looked_at_and_whether_one_was_there(self, asking: Asking) -> None:
        look(asking)
        leave(asking)
        look(asking, "/transactions")
        number = f"Everyday •••• {asking.debtor.last4}"
        for page in ("", f"{asking.consent.id}/accesses/"):
            words = words_of(asking.browser.open(f"https://testserver/account/apps/{page}").text)
            assert f"Balance {number} 1 Yes" in words
            assert f"Transactions {number} 1 No" in words

    def test_to_its_person_alone(self, asking: Asking) -> None:
        url = f"https://testserver/account/apps/{asking.consent.id}/accesses/"
        assert Asking().browser.open(url).status == 404

    def test_for_24_months(self, asking: Asking) -> None:
        look(asking)
        keep_noted()
        long_ago = datetime.now(UTC) - timedelta(days=740)
        DataAccess.objects.create(
            consent=asking.consent, what="balances", is_attended=True,
            began_at=long_ago, first_at=long_ago, last_at=long_ago,
        )  # fmt: skip
        sweep()
        assert DataAccess.objects.filter(consent=asking.consent).count() == 1
