"""The tour itself: it holds against a running bank, and says so truly when something does not."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from examples.tour.story import STORY

ROOT = Path(__file__).parents[2]
pytestmark = [pytest.mark.live]


def take_tour(state: Path, *wishes: str) -> subprocess.CompletedProcess[str]:
    """Run the tour as a stranger would."""
    return subprocess.run(
        [sys.executable, "-m", "examples.tour", *wishes],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "BANK_STATE_DIR": str(state), "LANG": "C.UTF-8"},
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
    )


class TestTour:
    @pytest.mark.smoke
    def test_holds_step_by_step(self, live_bank: Any) -> None:
        done = take_tour(live_bank.state, "--json")
        steps = [json.loads(line) for line in done.stdout.splitlines()]
        assert [step for step in steps if not step["ok"]] == []
        assert [step["step"] for step in steps] == [name for name, _ in STORY]
        assert done.returncode == 0, done.stderr
        assert sum(step["seconds"] for step in steps) < 90

    def test_fails_at_the_step_that_does_not_hold(
        self, demo: dict[str, Any], ca_file: str, tmp_path: Path
    ) -> None:
        changed = json.loads(json.dumps(demo)) | {"ca_file": ca_file}
        changed["users"]["alice"] |= {"username": "frank-nobody-knows", "password": "not this one either"}
        (tmp_path / "demo.json").write_text(json.dumps(changed))
        done = take_tour(tmp_path)
        assert done.returncode == 1
        assert "✗  3 sign in" in done.stdout
        assert "expected: to be signed in" in done.stdout


def test_says_how_to_start_a_bank_when_none_is_running(tmp_path: Path) -> None:
    done = take_tour(tmp_path)
    assert done.returncode == 2
    assert "make run" in done.stderr
