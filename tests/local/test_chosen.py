"""Which tests run: those of every change, unless some are named or chosen."""

import pytest

from deploy.local.test import EVERY_TIME, chosen


class TestChosen:
    @pytest.mark.parametrize(
        "arguments", [[], ["-n", "2"], ["-k", "refund"], ["-k", "audit"], ["-q", "--lf"]]
    )
    def test_are_those_of_every_change(self, arguments: list[str]) -> None:
        assert chosen(arguments) == [*arguments, "-m", EVERY_TIME]

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
