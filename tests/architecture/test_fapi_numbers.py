"""Every numbered requirement of FAPI 2.0 has a test named after it: AS 1 to 39, RS 1 to 7."""

import ast
import re

import pytest

from tests.architecture.source import ROOT

FOLDER = ROOT / "tests" / "oauth" / "fapi"
NUMBERED = re.compile(r"Test(AS|RS)0*(\d+)[A-Z]")
REQUIREMENTS = [("AS", number) for number in range(1, 40)] + [("RS", number) for number in range(1, 8)]


def counted() -> dict[tuple[str, int], int]:
    """Return how many tests each requirement has."""
    found: dict[tuple[str, int], int] = {}
    for path in FOLDER.glob("test_*.py"):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.ClassDef) and (named := NUMBERED.match(node.name)):
                tests = [part for part in node.body if getattr(part, "name", "").startswith("test_")]
                key = named[1], int(named[2])
                found[key] = found.get(key, 0) + len(tests)
    return found


class TestRequirements:
    @pytest.mark.parametrize(("side", "number"), REQUIREMENTS)
    def test_each_has_a_test_of_its_number(self, side: str, number: int) -> None:
        assert counted().get((side, number), 0) > 0, f"no class Test{side}{number:02} in tests/oauth/fapi"

    def test_no_test_has_a_number_that_is_none(self) -> None:
        assert set(counted()) <= set(REQUIREMENTS)
