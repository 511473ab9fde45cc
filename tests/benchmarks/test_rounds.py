"""Both sides are measured in turn."""

from benchmarks.rounds import WARM_UP_SECONDS, Plan, Side, interleave


class TestInterleave:
    def test_measures_each_side_once_a_round_after_a_warm_up(self) -> None:
        order: list[tuple[str, float]] = []
        sides = [Side(name, lambda s, name=name: order.append((name, s)) or len(order)) for name in "ab"]
        interleave(sides, Plan(rounds=2, seconds=3.0), between=lambda: None)
        assert order == [
            ("a", WARM_UP_SECONDS), ("b", WARM_UP_SECONDS), ("a", 3.0), ("b", 3.0), ("b", 3.0), ("a", 3.0),
        ]  # fmt: skip
        assert [len(side.rates) for side in sides] == [2, 2]

    def test_gets_ready_before_the_clock_runs(self) -> None:
        order: list[str] = []
        side = Side("a", lambda _: order.append("measured") or 1.0, lambda _: order.append("ready"))
        interleave([side], Plan(rounds=1, seconds=1.0), between=lambda: order.append("settled"))
        assert order == ["ready", "measured", "settled", "ready", "measured"]
