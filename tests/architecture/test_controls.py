"""The matrix of controls is true: its pointers resolve, its breaks would break, nothing stands outside."""

import ast
import re
from typing import Any

import pytest
from django.urls import get_resolver

from bank.privacy import register
from bank.site.controls import Control, MatrixInvalid, read_controls
from tests.architecture.source import ROOT
from tests.faults.broken import RECORDED_LATER

CONTROLS = read_controls()
TECHNICAL = [control for control in CONTROLS if control.breaks_when]
BY_ID = {control.id: control for control in CONTROLS}


def names_in(path: str) -> set[str]:
    """Return the classes and functions of a test file, `Class` and `Class::test`."""
    found = set()
    for node in ast.parse((ROOT / path).read_text()).body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            found.add(node.name)
        if isinstance(node, ast.ClassDef):
            found |= {f"{node.name}::{part.name}" for part in node.body if isinstance(part, ast.FunctionDef)}
    return found


def first_segments(resolver: Any = None, before: str = "") -> set[str]:
    """Return the first part of each address the bank answers at."""
    found = set()
    for pattern in (resolver or get_resolver()).url_patterns:
        route = before + str(pattern.pattern).removeprefix("^")
        found |= first_segments(pattern, route) if hasattr(pattern, "url_patterns") else {_first(route)}
    return found


def _first(route: str) -> str:
    return f"/{route.lstrip('/').partition('/')[0]}"


class TestMatrix:
    @pytest.mark.parametrize("control", CONTROLS, ids=lambda control: control.id)
    def test_points_only_at_what_exists(self, control: Control) -> None:
        for path in (*control.code, *control.evidence):
            assert (ROOT / path.partition("::")[0]).exists(), path
        for test in control.tests:
            path, _, name = test.partition("::")
            assert (ROOT / path).exists(), test
            assert not name or name in names_in(path), test

    @pytest.mark.parametrize("control", TECHNICAL, ids=lambda control: control.id)
    def test_says_what_breaks_it_where_it_stands(self, control: Control) -> None:
        broken = control.breaks_when
        assert broken
        assert (ROOT / broken.file).read_text().count(broken.old) == 1
        assert broken.old != broken.new

    def test_of_the_faults_says_so_too(self) -> None:
        assert (ROOT / RECORDED_LATER.file).read_text().count(RECORDED_LATER.old) == 1

    def test_names_every_table_about_a_person(self) -> None:
        guarded = {name for control in CONTROLS for name in control.models}
        about_people = {table.name for table in register.tables() if table.subject}
        assert about_people - guarded == set()
        assert guarded <= {table.name for table in register.tables()}

    def test_names_every_way_in(self) -> None:
        guarded = {f"/{route.strip('/')}" for control in CONTROLS for route in control.routes}
        assert first_segments() - guarded == set()

    def test_claims_nothing_for_what_software_cannot_do(self) -> None:
        assert {control.kind for control in CONTROLS} >= {"technical", "process", "shared", "not applicable"}
        said = " ".join(control.answer for control in CONTROLS)
        assert not re.search(r"\bcompliant\b", said)


class TestReading:
    @pytest.mark.parametrize(
        "entry",
        [
            {},
            {"id": "X", "text": "t", "kind": "technical", "answer": "a"},
            {"id": "X", "text": "t", "kind": "magic", "answer": "a"},
            {"id": "X", "text": "t", "kind": "process", "answer": "a", "colour": "red"},
            {"id": "X", "text": "t", "kind": "process", "answer": ""},
        ],
    )
    def test_refuses_what_is_no_control(self, entry: dict[str, str]) -> None:
        with pytest.raises(MatrixInvalid):
            Control.read(entry)
