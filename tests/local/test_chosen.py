"""Which tests run: those of every change, unless some are named or chosen."""

import pytest

from deploy.local.test import EVERY_TIME, chosen, few_examples
from tests.support.examples import FEW, examples


class TestChosen:
    @pytest.mark.parametrize(
        "arguments", [[], ["-n", "2"], ["-k", "refund"], ["-k", "audit"], ["-q", "--lf"]]
    )
    def test_are_those_of_every_change(self, arguments: list[str]) -> None:
        assert chosen(arguments) == [*arguments, "-m", EVERY_TIME]
        assert few_examples(arguments) == {FEW: "1"}

    @pytest.mark.parametrize(
        "arguments",
        [
            ["-m", ""],
            ["-m", "live"],
            ["-q", "tests/journeys"],
            ["tests/journeys/test_tour.py::TestTour::test_holds_step_by_step"],
        ],
    )
    def test_are_what_was_asked_for(self, arguments: list[str]) -> None:
        assert chosen(arguments) == arguments
        assert few_examples(arguments) == {}


class TestExamples:
    @pytest.mark.parametrize(("count", "some"), [(300, 100), (25, 10), (14, 10), (3, 3)])
    def test_are_fewer_in_the_run_of_every_change(
        self, count: int, some: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv(FEW, "1")
        assert examples(count) == some
        monkeypatch.delenv(FEW)
        assert examples(count) == count
