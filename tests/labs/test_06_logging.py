"""Lab 6 at the bank: a name with a line in it at the sign-in, and a superuser at a log under its witness."""

import io
import logging
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from typing import Any

import pytest

from bank.observability import logs
from labs.catalogue import Lab, find
from tests.audit.backups import back_up, restore
from tests.audit.conftest import _log_database, log
from tests.audit.test_tamper_matrix import DEEDS, Scene, _no_ledgers, scene
from tests.audit.test_verify import verify_audit
from tests.pages.conftest import Browser, cheap_hashing, make_person

__all__ = ["_log_database", "_no_ledgers", "cheap_hashing", "log", "scene"]
LAB: Lab = find(6)  # type: ignore[assignment]
SCRIPT = LAB.script()
LAST_TAKEN_AWAY = "deletes the newest everywhere, the note beside the database too"


class Pages:
    """The bank's sign-in, with all that its loggers write."""

    deeds: dict[str, Any] = {}

    def __init__(self) -> None:
        self.written = io.StringIO(newline="")

    def sign_in(self, name: str, password: str) -> None:
        logging.getLogger("bank.somewhere").warning("seen: %s", name)  # were it careless enough
        Browser().send("/login/", {"login": name, "password": password})

    def entries(self) -> list[Any]:
        return [line.split(" ", 2)[1:] for line in self.written.getvalue().splitlines()]

    def head(self) -> str:
        return ""


@pytest.fixture
def pages(db: None) -> Iterator[Pages]:
    found, root = Pages(), logging.getLogger()
    handler = logging.StreamHandler(found.written)
    handler.setFormatter(logs.JsonFormatter())
    root.addHandler(handler)
    yield found
    root.removeHandler(handler)


class WitnessedLog:
    """The audit log, its witness, and somebody who may write to every table."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene

    def sign_in(self, name: str, password: str) -> None:
        """Nobody: the log is there already."""

    def entries(self) -> list[Any]:
        return []

    def head(self) -> str:
        return ""

    def continues(self, kept: str) -> bool:
        return bool(verify_audit()[0] == 0)

    @property
    def deeds(self) -> dict[str, Callable[[], AbstractContextManager[None]]]:
        names = {
            "a name was changed": "edits an event and makes its hash fit",
            "the last entry was taken away": LAST_TAKEN_AWAY,
            "an entry in the middle was taken away": "deletes an event and closes the gap",
            "the whole log was written anew, by the bank's own program": "rewrites all with the real key",
        }
        return {words: partial(self._done, deed) for words, deed in names.items()}

    @contextmanager
    def _done(self, deed: str) -> Iterator[None]:
        note, backup = self._scene.log.published.read_text(), back_up(self._scene.log)
        DEEDS[deed][0](self._scene)
        yield
        restore(backup)
        self._scene.log.published.write_text(note)


class TestTheBank:
    def test_writes_no_line_a_visitor_made_up(self, pages: Pages) -> None:
        assert SCRIPT.attack(pages) == []
        assert len(pages.written.getvalue()) > 100
        assert make_person().user.username not in pages.written.getvalue()

    def test_cannot_be_made_to_call_a_changed_log_whole(self, scene: Scene) -> None:
        witnessed = WitnessedLog(scene)
        assert witnessed.continues("")
        assert SCRIPT.attack(witnessed) == []
        assert witnessed.continues("")
