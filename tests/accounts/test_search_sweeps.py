"""How the worker comes to the histories that are to be indexed: often to what was booked, rarely to all."""

import threading
import time
from itertools import repeat
from types import SimpleNamespace
from uuid import UUID

import pytest
from django.conf import settings
from django.db import connection, connections, transaction

from accounts.models import Account, SearchIndex
from accounts.operations import close_own_account, index_all_histories, index_histories, search
from accounts.operations.search import USUAL
from accounts.tasks import index_all_histories as index_all_histories_task
from accounts.tasks import index_histories as index_histories_task
from bank.database import asking
from bank.observability.metrics import WORK_FAILURES
from bank.public_ids import decode
from bank.resilience import turns
from tests.accounts import test_search
from tests.accounts.test_search import book, built, just_before, rows_read_by
from tests.support.customers import someone

STEP = search._step
DAY = 86_400


@pytest.fixture
def tomorrow(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """For the sweeps it is tomorrow, and so for what is booked: what other tests left is of yesterday."""
    made = test_search.made
    monkeypatch.setattr(test_search, "made", lambda seconds_ago: made(seconds_ago - DAY))
    monkeypatch.setattr(search, "time", SimpleNamespace(time=lambda: time.time() + DAY))
    with connection.cursor() as cursor:  # else what is read depends on how often others asked before
        cursor.execute("SET LOCAL plan_cache_mode = force_custom_plan")


@pytest.fixture
def account(tomorrow: None) -> Account:
    return someone().account(currency="CLF")


def index_lately_booked() -> None:
    index_histories(repeat(None))


class TestIndexHistories:
    def test_comes_to_everybody_who_is_behind(self, real_db: None) -> None:
        accounts = [someone().account() for _ in range(3)]
        for account in accounts:
            book(account, [("rent", "")] * (2 * USUAL.block))
        index_lately_booked()
        assert [built(account) for account in accounts] == [[2]] * 3

    def test_leaves_the_rest_when_its_turn_is_over(
        self, real_db: None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(turns, "TURN_SECONDS", 0)
        account = someone().account()
        book(account, [("rent", "")] * USUAL.block)
        index_histories_task()  # a step, and no more
        assert SearchIndex.objects.filter(account=account).values_list("built", flat=True).first() != [1]

    def test_looks_at_what_was_booked_lately_whatever_else_there_is(self, account: Account) -> None:
        old = someone().account(currency="CLF")
        index_lately_booked()
        read = rows_read_by(index_lately_booked)
        book(old, [("rent", "")] * 500, seconds_ago=3600)
        Account.objects.bulk_create(
            Account(name="Nobody's", kind="current", currency="CLF") for _ in range(500)
        )
        assert rows_read_by(index_lately_booked) == read
        book(account, [("rent", "")] * USUAL.block)
        index_lately_booked()
        assert built(account) == [1]
        assert not SearchIndex.objects.filter(account=old).exists()

    def test_looks_only_at_accounts_with_a_block_that_is_full(self, account: Account) -> None:
        book(someone().account(currency="CLF"), [("rent", "")] * USUAL.block)
        index_lately_booked()
        read = rows_read_by(index_lately_booked)
        book(account, [("rent", "")])
        assert rows_read_by(index_lately_booked) == read + 2  # its entry, and the one on the other side

    def test_asks_of_a_closed_account_who_holds_it_and_nobody_else(self, tomorrow: None) -> None:
        person, tables = someone(), ("accounts_accountholder", "accounts_customer")
        account = person.account(currency="CLF")
        book(account, [("rent", "")] * USUAL.block, amounts=[1, -1] * (USUAL.block // 2))
        close_own_account(account.id, by=person.actor)
        read = rows_read_by(lambda: index_histories(iter([None])), tables)
        for _ in range(30):
            someone().account(currency="CLF")
        assert 0 < rows_read_by(lambda: index_histories(iter([None])), tables) <= read
        index_lately_booked()
        assert built(account) == [1]

    def test_finds_what_is_committed_late(self, real_db: None) -> None:
        account = someone().account()
        with transaction.atomic():
            book(account, [("rent", "")] * USUAL.block, seconds_ago=300)
            meanwhile = threading.Thread(target=lambda: (index_lately_booked(), connections.close_all()))
            meanwhile.start()
            meanwhile.join(60)
            assert not meanwhile.is_alive()
        assert not SearchIndex.objects.filter(account=account).exists()
        index_lately_booked()
        assert built(account) == [1]


class TestAnAccountWhoseStepFails:
    @pytest.fixture
    def failing(self, account: Account, monkeypatch: pytest.MonkeyPatch) -> Account:
        """An account the database refuses to index."""

        def refused(of: UUID) -> bool | None:
            if of == decode("acc", account.id):
                asking.execute("SELECT 1 / 0")
            return STEP(of)

        monkeypatch.setattr(search, "_step", refused)
        book(account, [("rent", "")] * USUAL.block)
        return account

    @pytest.fixture
    def others(self, failing: Account) -> list[Account]:
        others = [someone().account(currency="CLF") for _ in range(2)]
        for other in others:
            book(other, [("rent", "")] * (2 * USUAL.block))
        return others

    def sweep_all(self, failing: Account) -> None:
        assert index_all_histories(repeat(None), after=just_before(failing)) is None

    @pytest.mark.parametrize("often", [True, False])
    def test_leaves_the_others_theirs(self, failing: Account, others: list[Account], often: bool) -> None:
        index_lately_booked() if often else self.sweep_all(failing)
        assert [built(other) for other in others] == [[2]] * 2
        assert not SearchIndex.objects.filter(account=failing).exists()

    def test_does_not_take_each_turn(self, failing: Account, others: list[Account]) -> None:
        for _ in range(200):  # turns that are over after one step
            index_histories(iter([None]))
        assert [built(other) for other in others] == [[2]] * 2

    def test_is_named_in_the_log_and_counted(
        self, failing: Account, caplog: pytest.LogCaptureFixture
    ) -> None:
        failures = WORK_FAILURES.labels("indexing")._value
        before = failures.get()
        index_lately_booked()
        (line,) = [each for each in caplog.records if each.message == "one piece of work failed"]
        assert (line.account_id, line.error_type) == (failing.id, "DataError")  # type: ignore[attr-defined]
        assert failures.get() == before + 1

    def test_is_tried_again_the_next_time(self, failing: Account, monkeypatch: pytest.MonkeyPatch) -> None:
        index_lately_booked()
        monkeypatch.setattr(search, "_step", STEP)
        index_lately_booked()
        assert built(failing) == [1]


class TestIndexAllHistories:
    def test_finds_what_was_missed(self, account: Account) -> None:
        book(account, [("rent", "")] * USUAL.block, seconds_ago=DAY)
        index_lately_booked()
        assert not SearchIndex.objects.filter(account=account).exists()
        assert index_all_histories(repeat(None)) is None
        assert built(account) == [1]

    @pytest.mark.parametrize("at_once", [1, 2, 20_000])
    @pytest.mark.parametrize("steps", [1, 2, 3])
    def test_goes_on_where_it_left(
        self, account: Account, monkeypatch: pytest.MonkeyPatch, at_once: int, steps: int
    ) -> None:
        monkeypatch.setattr("accounts.operations.search.LOOKED_AT_ONCE", at_once)
        others = [someone().account(currency="CLF") for _ in range(2)]
        for each in (account, *others):
            book(each, [("rent", "")] * (2 * USUAL.block), seconds_ago=DAY)
        left: UUID | None = just_before(account)
        while left is not None:
            left = index_all_histories(iter([None] * steps), after=left)
        assert [built(each) for each in (account, *others)] == [[2]] * 3

    def test_asks_for_another_round_until_it_is_through(
        self, account: Account, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(turns, "TURN_SECONDS", 0)
        sent: list[tuple[str]] = []
        monkeypatch.setattr(index_all_histories_task, "apply_async", lambda args, **_: sent.append(args))
        book(account, [("rent", "")] * USUAL.block, seconds_ago=DAY)
        index_all_histories_task(str(just_before(account)))
        rounds = 1
        while sent:
            index_all_histories_task(*sent.pop())
            rounds += 1
        assert built(account) == [1]
        assert rounds > 2  # amounts, then endings

    def test_is_done_now_and_then(self) -> None:
        schedule = {each["task"]: each["schedule"] for each in settings.CELERY_BEAT_SCHEDULE.values()}
        assert schedule[index_histories_task.name] <= 10
        assert schedule[index_all_histories_task.name] <= 3600
