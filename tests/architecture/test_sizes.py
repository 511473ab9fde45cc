"""Small functions, small files: a reader holds one in the head at a time."""

from statistics import median, quantiles

from tests.architecture.source import ROOT, functions, python_files, relative

LONGEST_FUNCTION = 40
LONGEST_FILE = 300
LISTS = {"bank/settings.py"}  # read from top to bottom, no logic: a page is as long as there are settings
ALONE = {"audit/verifier/verify.py"}  # one file by contract: an auditor copies it and needs nothing else
FORBIDDEN_NAMES = {"utils", "common", "core", "helpers", "base", "manager", "misc"}


class TestSizes:
    def test_no_function_is_longer_than_forty_lines(self) -> None:
        assert [f for f in functions() if f.lines > LONGEST_FUNCTION] == []

    def test_most_functions_are_short(self) -> None:
        lengths = [f.lines for f in functions()]
        assert median(lengths) <= 7
        assert quantiles(lengths, n=10)[8] <= 17

    def test_no_file_is_longer_than_three_hundred_lines(self) -> None:
        lengths = {
            relative(path): len(path.read_text().splitlines())
            for path in python_files()
            if relative(path) not in LISTS | ALONE
        }
        assert {path: n for path, n in lengths.items() if n > LONGEST_FILE} == {}


class TestNames:
    def test_every_shared_thing_has_a_name_of_its_own(self) -> None:
        drawers = [
            relative(p)
            for p in python_files()
            if FORBIDDEN_NAMES & {p.stem, *p.parent.parts[len(ROOT.parts) :]}
        ]
        assert drawers == []

    def test_every_package_has_its_door_plate(self) -> None:
        bare = [
            relative(path)
            for path in python_files()
            if path.name == "__init__.py"
            and "management" not in path.parts
            and not path.read_text().strip().startswith('"""')
        ]
        assert bare == []
