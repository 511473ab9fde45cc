"""Each row of a table "Break it yourself" is a change that can be made, and names tests that exist.

That they turn red by it is what `make controls ARGS=--chapters` sees.
"""

import re

import pytest

from tests.architecture.source import ROOT
from tests.architecture.test_controls import names_in
from tests.controls.chapters import PAGES, Row, read_rows, without_a_row

ROWS = read_rows(ROOT)


class TestTables:
    def test_are_in_every_chapter(self) -> None:
        assert len({row.page for row in ROWS}) == len(PAGES)

    def test_have_a_row_for_each_change(self) -> None:
        assert without_a_row(ROOT) == []


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
class TestRows:
    def test_change_what_stands_there_once(self, row: Row) -> None:
        assert row.changes
        for change in row.changes:
            assert (ROOT / change.file).read_text().count(change.old) == 1, change
            assert change.old != change.new

    def test_change_the_files_they_name(self, row: Row) -> None:
        named = {word.partition(":")[0] for word in re.findall(r"`([\w./-]+/[\w./:-]+)`", row.words)}
        assert named <= {change.file for change in row.changes}

    def test_name_tests_that_exist(self, row: Row) -> None:
        for test in row.tests:
            path, _, name = test.partition("::")
            assert (ROOT / path).is_file(), test
            assert not name or name in names_in(path), test
