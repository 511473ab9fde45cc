"""The simulated rail by itself: with nothing due, it only looks."""

from contextlib import nullcontext
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest

from railsim import clockwork
from railsim.book import Book
from railsim.clockwork import Clockwork


@pytest.fixture
def book(tmp_path: Path) -> Book:
    return Book(tmp_path / "book.sqlite")


class TestWatchedBook:
    def test_tells_what_is_due_and_not_before(self, book: Book) -> None:
        with book.watched() as anything_due:
            assert not anything_due()
            with book.alone() as page:
                page.say({"of": "tomorrow"}, after=86_400)
            assert not anything_due()
            with book.alone() as page:
                page.say({"of": "now"})
            assert anything_due()

    @pytest.mark.parametrize("due", [{"settle_at": 1.0}, {"return_at": 1.0, "status": "ACCC"}])
    def test_knows_what_settles_and_what_is_returned(self, book: Book, due: dict[str, Any]) -> None:
        with book.watched() as anything_due:
            with book.alone() as page:
                txn = {"IntrBkSttlmAmt": {"Ccy": "GBP", "Amt": "1.00"}}
                page.add_transfer("one", "out", txn, **{"status": "ACSP", **due})
            assert anything_due()

    def test_is_read_beside_who_writes(self, book: Book) -> None:
        with book.watched() as anything_due, book.alone():
            assert not anything_due()


class TestClockwork:
    def test_takes_the_book_for_itself_only_when_something_is_due(
        self, book: Book, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(clockwork, "LOOK_SECONDS", 0.0)
        works, answers = Clockwork(book, Mock(), Mock()), iter([False, False, True, False])
        done: list[str] = []

        def anything_due() -> bool:
            due = next(answers, None)
            if due is None:
                works._stop.set()
            done.append(f"due: {due}")
            return bool(due)

        monkeypatch.setattr(works, "_move", lambda: done.append("moved"))
        monkeypatch.setattr(works, "_deliver", lambda: done.append("delivered"))
        monkeypatch.setattr(book, "watched", lambda: nullcontext(anything_due))
        works._run()
        looks = ["due: False", "due: False", "due: True", "moved", "delivered", "due: False", "due: None"]
        assert done == looks
