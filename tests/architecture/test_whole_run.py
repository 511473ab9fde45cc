"""Every test that was collected is run: pytest itself, run on small suites by two processes."""

import os
import subprocess
import sys
from types import SimpleNamespace
from typing import Any

import pytest

from deploy.local.state import PROJECT
from tests.support import whole_run

TOGETHER = """
import pytest

@pytest.mark.xdist_group("together")
@pytest.mark.parametrize("n", range(4))
def test_together(n):
    pass

@pytest.mark.parametrize("n", range(4))
def test_anywhere(n):
    pass
"""
LEAVES_ONE_OUT = """
def pytest_runtest_protocol(item, nextitem):
    if item.name != "test_anywhere[2]":
        return None
    item.session._setupstate.teardown_exact(nextitem)  # what the one before kept for it
    return True
"""


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> "subprocess.CompletedProcess[str]":
    """Tests of which some are bound together, in two files, run by two processes that lose two of them."""
    folder = tmp_path_factory.mktemp("suite")
    for name in ("test_one.py", "test_two.py"):
        (folder / name).write_text(TOGETHER)
    (folder / "conftest.py").write_text(LEAVES_ONE_OUT)
    (folder / "pytest.ini").write_text("[pytest]\n")
    options = ["-p", "tests.support.whole_run", "-p", "no:django", "-p", "no:cacheprovider"]
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-v", "-n", "2", "--dist=loadgroup", *options, str(folder)],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(PROJECT)},
        check=False,
        capture_output=True,
        text=True,
    )


class TestARun:
    def test_keeps_a_group_in_one_process(self, done: "subprocess.CompletedProcess[str]") -> None:
        passed = [line for line in done.stdout.splitlines() if "PASSED" in line and "test_together" in line]
        assert len(passed) == 8
        assert len({line.split()[0] for line in passed}) == 1

    def test_that_leaves_tests_out_fails_and_names_them(
        self, done: "subprocess.CompletedProcess[str]"
    ) -> None:
        assert done.returncode == pytest.ExitCode.TESTS_FAILED
        assert "14 passed" in done.stdout
        assert "2 of 16 collected tests were never run" in done.stdout
        assert "test_one.py::test_anywhere[2]\n" in done.stdout

    def test_with_two_tests_of_one_name_does_not_begin(self) -> None:
        items: list[Any] = [SimpleNamespace(nodeid=name) for name in ("a", "b", "a")]
        with pytest.raises(pytest.UsageError, match="more than one test is named a "):
            whole_run.pytest_collection_modifyitems(items)
        whole_run.pytest_collection_modifyitems(items[:2])

    def test_counts_tests_and_not_names(self) -> None:
        run = whole_run.WholeRun()
        run.pytest_xdist_node_collection_finished(node=None, ids=["a", "a", "b"])
        run.reported.update(["a", "b"])
        assert run.left_out() == ["a"]
