"""A pytest plugin: a run that reports fewer tests than it collected says which, and fails.

pytest-xdist knows a test by its name. Two tests of one name are one to it, and the second would be left out
without a word.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Any

import pytest

SHOWN = 20


class WholeRun:
    """The names that were collected, and those that were reported."""

    def __init__(self) -> None:
        self.collected: Counter[str] = Counter()
        self.reported: Counter[str] = Counter()

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Note what this process collected; with xdist the first process collects nothing."""
        self.collected = Counter(item.nodeid for item in session.items)

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, node: Any, ids: list[str]) -> None:
        """Note what the workers collected: each the same."""
        self.collected = Counter(ids)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note a test that was begun, or whose process died under it."""
        if report.when not in ("call", "teardown"):
            self.reported[report.nodeid] += 1

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Fail a run that was whole to all appearances."""
        if self.left_out() and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Say which tests were not run."""
        if missing := self.left_out():
            title = f"{len(missing)} of {self.collected.total()} collected tests were never run"
            terminalreporter.section(title, red=True, bold=True)
            terminalreporter.line("\n".join(missing[:SHOWN] + ["…"] * (len(missing) > SHOWN)))

    def left_out(self) -> list[str]:
        """Return the names without a report, a name twice where two tests bear it."""
        return sorted((self.collected - self.reported).elements())


def namesakes(names: Iterable[str]) -> list[str]:
    """Return the names that more than one test bears."""
    return [name for name, times in Counter(names).items() if times > 1]


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse tests that share a name."""
    if shared := namesakes(item.nodeid for item in items):
        raise pytest.UsageError(f"more than one test is named {shared[0]} ({len(shared)} such names)")


def pytest_configure(config: pytest.Config) -> None:
    """Count in the process that reports; its workers leave that to it."""
    if not hasattr(config, "workerinput") and not config.option.collectonly:
        config.pluginmanager.register(WholeRun(), "whole run")
