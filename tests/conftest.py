"""Fixtures for every test: `db` rolls back, `real_db` commits; both are real PostgreSQL, as `bank_app`."""

import os
import shutil
from collections.abc import Iterator
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from tests.support import plugin
from tests.support.live import LiveBank

# Chromium's driver runs a loop in the test's thread; Django's queries beside it are as synchronous as ever.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


@pytest.fixture(scope="session")
def django_db_setup() -> None:
    """Clone the migrated template; Django's own test database (made as a superuser) is not used."""
    plugin.clone_database()


@pytest.fixture
def real_db(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """A database where commits are real and stay: a test makes its own unique data and nothing is flushed."""
    from django.db import connections

    with django_db_blocker.unblock():
        yield
        connections.close_all()


@pytest.fixture
def transactional_db() -> None:
    """Refused: it empties tables, which the bank's own login may not (and must not) do."""
    pytest.fail("use the fixture `real_db`: commits are real and no table is emptied")


@pytest.fixture(scope="session")
def superuser_url(django_db_setup: None) -> str:
    """A superuser's connection URL to this process's database, for checks from outside the bank."""
    return plugin.superuser_url()


@pytest.fixture(scope="session")
def database_urls(django_db_setup: None) -> dict[str, str]:
    """Connection URLs of the bank's roles (bank_owner, bank_app, bank_sealer, bank_reader) by name."""
    return {role: plugin.url_of(role) for role in plugin.services()["passwords"]}


@pytest.fixture(scope="session", autouse=True)
def _static_files_looked_for_once() -> Iterator[None]:
    """Each test client makes the middleware anew, which looks at a thousand files when it begins."""
    from whitenoise.middleware import WhiteNoiseMiddleware

    look, found = WhiteNoiseMiddleware.add_files_from_finders, {}

    def add(middleware: Any) -> None:
        if not found:
            look(middleware)
            found.update(middleware.files)
        middleware.files.update(found)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WhiteNoiseMiddleware, "add_files_from_finders", add)
        yield


@pytest.fixture(scope="session", autouse=True)
def _addresses_loaded_as_they_are() -> None:
    """They are loaded once, by the settings of that moment: not by those of a test that plays production."""
    import_module(settings.ROOT_URLCONF)


@pytest.fixture(autouse=True)
def _empty_cache(request: pytest.FixtureRequest) -> Iterator[None]:
    """Rate limits, replay stores and the moved clock of one test are seen neither by the next nor by the
    fixtures of the next module, which come before this one."""
    if not {"db", "real_db", "client"} & set(request.fixturenames):
        yield
        return
    from django.core.cache import cache

    from bank import clock

    cache.clear()
    clock.copy(timedelta())  # known to all, as in a bank that has run for a while
    yield
    cache.clear()


@pytest.fixture
def worker(real_db: None, tmp_path: Path) -> Iterator[Any]:
    """A Celery worker in a process of its own (a Popen), on this process's database and broker."""
    from tests.support.worker import celery_worker

    with celery_worker(tmp_path) as process:
        yield process


@pytest.fixture(scope="session")
def live_bank() -> Iterator[LiveBank]:
    """A whole bank, started by the launcher; `live_bank["base_url"]` reads its demo.json.

    It ends with the last test of the live bank (below): a bank nobody asks costs the other tests a minute.
    """
    bank = LiveBank(Path(plugin.services()["state"]) / f"live-{plugin.worker_id()}")
    bank.start()
    try:
        yield bank
    finally:
        bank.stop()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """Debian's Chromium, one for all tests of a process: two of its loops do not live side by side."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_chromium(), args=["--no-sandbox"])
        yield browser
        browser.close()


def _chromium() -> str:
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        pytest.skip("no Chromium on this machine")
    return str(Path(found))


def pytest_itemcollected(item: pytest.Item) -> None:
    """Tests of the live bank carry its mark, share one bank, and so one pytest process."""
    if "live_bank" in getattr(item, "fixturenames", ()):
        item.add_marker(pytest.mark.live)
    if item.get_closest_marker("live"):
        item.add_marker(pytest.mark.xdist_group("live"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[None]:
    """End the live bank when the next test is none of its."""
    yield
    bank = getattr(item, "funcargs", {}).get("live_bank")
    if bank and "live_bank" not in getattr(nextitem, "fixturenames", ()):
        bank.stop()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the tests of the live bank together; refuse the mark that would empty every table after a test."""
    live = [item for item in items if "live_bank" in getattr(item, "fixturenames", ())]
    if live:
        others, before = [item for item in items if item not in set(live)], items.index(live[0])
        items[:] = [*others[:before], *live, *others[before:]]
    for item in items:
        if any(mark.kwargs.get("transaction") for mark in item.iter_markers("django_db")):
            raise pytest.UsageError(f"{item.nodeid}: use the fixture `real_db` in place of transaction=True")
