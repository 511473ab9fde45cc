"""Every dependency is pinned with a hash, and says why it is there."""

import re

import pytest

from tests.architecture.source import ROOT


class TestLocks:
    @pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
    def test_pin_everything_with_a_hash(self, name: str) -> None:
        blocks = re.split(r"\n(?=[a-z0-9])", (ROOT / name).read_text())
        packages = [block for block in blocks if re.match(r"[a-z0-9]", block)]
        assert len(packages) > 30
        assert [
            block.split()[0] for block in packages if "==" not in block or "--hash=sha256:" not in block
        ] == []

    @pytest.mark.parametrize("name", ["requirements.in", "requirements-dev.in"])
    def test_are_asked_for_with_a_reason(self, name: str) -> None:
        lines = (ROOT / name).read_text().splitlines()
        wanted = [line for line in lines if line and not line.startswith(("#", "-"))]
        assert [line for line in wanted if "#" not in line] == []

    def test_hold_what_is_asked_for(self) -> None:
        lines = (ROOT / "requirements.in").read_text().splitlines()
        names = [
            re.split(r"[\[=<>~ ]", line)[0].lower() for line in lines if line and not line.startswith("#")
        ]
        locked = (ROOT / "requirements.txt").read_text().lower()
        assert [
            n for n in names if not re.search(rf"^{re.escape(n.replace('_', '-'))}==", locked, re.M)
        ] == []
