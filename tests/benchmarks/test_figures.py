"""The figures say what was measured, and nothing else."""

import json
from pathlib import Path

from benchmarks.figures import Figure, table, write


def a_figure(**changed: object) -> Figure:
    told = {
        "name": "payment", "ours": [100.0, 300.0, 200.0], "other": [1000.0] * 3, "against": "limit",
        "other_is": "one function", "how": "both in one run", "goal": 0.15,
    }  # fmt: skip
    return Figure(**(told | changed))  # type: ignore[arg-type]


class TestFigure:
    def test_divides_round_by_round_and_takes_the_median(self) -> None:
        figure = a_figure(ours=[100.0, 300.0, 200.0], other=[200.0, 1000.0, 400.0])
        assert figure.ratios == [0.5, 0.3, 0.5]
        assert figure.ratio == 0.5

    def test_reaches_its_goal_or_not(self) -> None:
        assert a_figure(goal=0.2).reached is True
        assert a_figure(goal=0.21).reached is False
        assert a_figure(goal=None).reached is None

    def test_names_the_other_side_as_limit_or_peer(self) -> None:
        assert a_figure().as_json()["limit"] == 1000
        assert a_figure(against="peer").as_json()["peer"] == 1000

    def test_writes_one_object_for_each_figure(self, tmp_path: Path) -> None:
        write([a_figure(), a_figure(name="token")], tmp_path / "deep" / "bench.json")
        written = json.loads((tmp_path / "deep" / "bench.json").read_text())
        assert [each["name"] for each in written] == ["payment", "token"]
        assert {"name", "ours", "limit", "ratio", "how"} <= written[0].keys()

    def test_prints_ratio_range_and_whether_the_goal_is_reached(self) -> None:
        assert "0.1–0.3" in table([a_figure()])
        assert "yes" in table([a_figure()])
        assert "NO" in table([a_figure(goal=0.9)])
