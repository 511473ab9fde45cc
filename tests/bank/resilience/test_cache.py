"""The kept connection to the cache: one for a thread, and never one that would answer something else."""

import os
import threading
from typing import Any

import pytest
from django_redis import get_redis_connection
from redis.exceptions import ConnectionError as CacheAway
from redis.exceptions import ResponseError

from bank.resilience import cache
from deploy.local.ports import free_port


def name_of_mine() -> int:
    """Return the number the server gives to this thread's connection."""
    return int(cache.ask("CLIENT", "ID"))


def test_is_kept_by_a_thread() -> None:
    others: list[int] = []
    thread = threading.Thread(target=lambda: others.append(name_of_mine()))
    thread.start()
    thread.join()
    assert name_of_mine() == name_of_mine() != others[0]


def test_goes_back_with_its_thread() -> None:
    more_than_the_pool_has = get_redis_connection("default").connection_pool.max_connections + 10
    names: list[int] = []
    for _ in range(more_than_the_pool_has):
        thread = threading.Thread(target=lambda: names.append(name_of_mine()))
        thread.start()
        thread.join()
    assert len(names) == more_than_the_pool_has


def test_is_made_anew_when_the_server_ended_it() -> None:
    before = name_of_mine()
    get_redis_connection("default").client_kill_filter(_id=before)
    assert name_of_mine() > before


def test_serves_on_after_an_answer_that_is_an_error() -> None:
    before = name_of_mine()
    with pytest.raises(ResponseError):
        cache.ask("NO-SUCH-COMMAND")
    assert name_of_mine() == before


def test_is_not_kept_when_an_answer_may_still_come(monkeypatch: pytest.MonkeyPatch) -> None:
    before, kept = name_of_mine(), cache._thread.kept.connection

    def interrupted(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(kept, "read_response", interrupted)
        with pytest.raises(KeyboardInterrupt):
            cache.ask("PING")
    assert name_of_mine() != before


def test_is_not_shared_with_a_process_forked_off() -> None:
    before = name_of_mine()
    if (child := os.fork()) == 0:
        os._exit(0 if name_of_mine() != before else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert name_of_mine() == before


def test_that_cannot_be_made_is_told(settings: Any) -> None:
    gone = {**settings.CACHES["default"], "LOCATION": f"redis://127.0.0.1:{free_port()}/1"}
    settings.CACHES = {**settings.CACHES, "default": gone}
    with pytest.raises(CacheAway):
        cache.ask("PING")
