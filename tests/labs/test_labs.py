"""Each lab keeps its promise: naive falls, wrong fixes fall, the right one holds; the bank has no part."""

import ast
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from labs.catalogue import HERE, Lab, all_labs, find
from labs.grading import grade
from labs.programs import DoesNotRun, serving
from tests.architecture.source import PACKAGES, ROOT, python_files

LABS = all_labs()
PIP = 11  # each try is a run of pip, three for each fix
WRONG = [
    pytest.param((lab, fix), marks=[pytest.mark.slow] if lab.number == PIP else [])
    for lab in LABS
    for fix in lab.wrong_fixes
]
SHORTEST, LONGEST = 30, 80
LAB_FILES = sorted(path for path in HERE.rglob("*.py") if path.name != "mine.py")


def of(lab: Lab) -> str:
    return lab.folder.name


def named(pair: tuple[Lab, Path]) -> str:
    return f"{of(pair[0])}-{pair[1].stem}"


def written(text: str, folder: Path) -> Path:
    file = folder / "mine.py"
    file.write_text(text)
    return file


def falls(lab: Lab, file: Path) -> bool:
    """Whether the attack gets through once: one that is a race need not win it each time."""
    return any(grade(lab, file).got_through for _ in range(3))


@pytest.mark.parametrize("lab", LABS, ids=of)
class TestLab:
    def test_what_was_written_in_a_hurry_works_and_falls(self, lab: Lab, tmp_path: Path) -> None:
        file = written(lab.naive(), tmp_path)
        assert grade(lab, file).broken == []
        assert falls(lab, file)

    def test_the_right_fix_holds(self, lab: Lab, tmp_path: Path) -> None:
        verdict = grade(lab, written(lab.solved(), tmp_path))
        assert (verdict.got_through, verdict.broken) == ([], [])

    def test_is_small_stands_alone_and_stays_on_this_machine(self, lab: Lab) -> None:
        text = lab.naive()
        assert SHORTEST <= len(text.splitlines()) <= LONGEST
        assert "labs" not in imported(text)
        assert [n for n in re.findall(r"\b\d+\.\d+\.\d+\.\d+\b", text) if not n.startswith("127.")] == []
        assert "Server((" not in text or "127.0.0.1" in text

    def test_has_a_chapter_that_tells_of_each_wrong_fix(self, lab: Lab) -> None:
        page = lab.chapter.read_text()
        assert f"make lab N={lab.number}" in page
        assert 2 <= len(lab.wrong_fixes) <= 3
        files = [
            lab.folder / "naive.py",
            lab.folder / "attack.py",
            lab.folder / "solution.py",
            *lab.wrong_fixes,
        ]
        assert [f.name for f in files if f"`{f.relative_to(ROOT)}`" not in page] == []


@pytest.mark.parametrize("pair", WRONG, ids=named)
def test_the_attack_passes_a_wrong_fix(pair: tuple[Lab, Path], tmp_path: Path) -> None:
    lab, fix = pair
    assert falls(lab, written(lab.solved(fix), tmp_path))


def imported(text: str) -> set[str]:
    """Return the first word of each module a file imports."""
    found = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            found.add((node.module or "").partition(".")[0])
    return found


class TestWalls:
    def test_no_lab_imports_anything_of_the_bank(self) -> None:
        ours = {*PACKAGES, "deploy", "examples", "benchmarks", "tests", "django"}
        assert LAB_FILES
        assert [str(path) for path in LAB_FILES if imported(path.read_text()) & ours] == []

    def test_nothing_of_the_bank_imports_a_lab(self) -> None:
        files = list(python_files(*PACKAGES, "deploy", "examples", "benchmarks"))
        named = re.compile(r"^\s*(from|import) +labs\b", re.M)
        assert len(files) > 300
        assert [str(path) for path in files if named.search(path.read_text())] == []

    def test_no_lab_goes_into_the_image(self) -> None:
        kept = [
            line for line in (ROOT / ".dockerignore").read_text().splitlines() if not line.startswith("#")
        ]
        assert kept[0] == "*"
        assert [line for line in kept if "labs" in line] == []


class TestCatalogue:
    def test_has_a_lab_for_each_practice_but_the_one_that_is_the_labs_themselves(self) -> None:
        assert [lab.number for lab in LABS] == [n for n in range(1, 14) if n != 10]
        assert find(99) is None


class TestGrade:
    def test_says_what_is_wrong_with_answers_nobody_understands(self, tmp_path: Path) -> None:
        lab = find(9)
        assert lab is not None
        answers_junk = lab.naive().replace("json.dumps(body)", "'what?'")
        verdict = grade(lab, written(answers_junk, tmp_path))
        assert not verdict.holds
        assert "nobody understands" in verdict.broken[0]

    def test_counts_honest_use_after_the_attack(self, tmp_path: Path) -> None:
        """A server that dies of the attack has not withstood it."""
        lab = find(5)
        assert lab is not None
        dies = lab.solved().replace(
            "body['reference'].isprintable()", "(body['reference'].isprintable() or sys.exit())"
        )
        dies = dies.replace(
            "except (ValueError",
            "except SystemExit:\n            import os; os._exit(1)\n        except (ValueError",
        )
        verdict = grade(lab, written(dies, tmp_path))
        assert verdict.broken
        assert verdict.broken[0].startswith("after the attack")


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    """A lab as a learner has it who was never here: in a copy, so that nobody's own file is touched."""
    shutil.copytree(HERE, tmp_path / "labs", ignore=shutil.ignore_patterns("mine.py", "__pycache__"))
    shutil.copytree(ROOT / "docs/practices", tmp_path / "docs/practices")
    return Lab(LABS[0].number, tmp_path / "labs" / LABS[0].folder.name)


def make_lab(lab: Lab, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run what `make lab` runs, in the copy."""
    return subprocess.run(
        [sys.executable, "-m", "labs", *arguments],
        check=False, cwd=lab.folder.parents[1], capture_output=True, text=True,
    )  # fmt: skip


class TestMakeLab:
    def test_gives_the_learner_a_file_refuses_it_and_accepts_a_right_fix(self, lab: Lab) -> None:
        untouched = make_lab(lab, str(lab.number))
        assert untouched.returncode == 1, untouched.stderr
        assert lab.mine.read_text() == lab.naive()
        assert "The attack:\n  - " in untouched.stdout
        assert "Honest use: works" in untouched.stdout
        lab.mine.write_text(lab.solved())
        solved = make_lab(lab, str(lab.number))
        assert (solved.returncode, "holds" in solved.stdout) == (0, True)

    def test_says_what_is_wrong_with_a_file_that_does_not_start(self, lab: Lab) -> None:
        lab.mine.write_text("def broken(:\n")
        told = make_lab(lab, str(lab.number))
        assert told.returncode == 1
        assert "SyntaxError" in told.stdout

    def test_lists_all_labs_and_how_far_one_is(self, lab: Lab) -> None:
        lab.mine.write_text(lab.solved())
        listed = make_lab(lab)
        assert listed.returncode == 0
        assert [each.number for each in LABS if f"N={each.number} " not in listed.stdout] == []
        assert re.search(rf"N={lab.number} .* holds", listed.stdout)

    @pytest.mark.parametrize("number", ["99", "four"])
    def test_knows_no_other_lab(self, lab: Lab, number: str) -> None:
        told = make_lab(lab, number)
        assert (told.returncode, "There is no lab" in told.stdout) == (2, True)


class TestPrograms:
    def test_of_a_lab_are_killed_with_what_they_forked(self, tmp_path: Path) -> None:
        with serving(written(find(4).naive(), tmp_path)) as program:  # type: ignore[union-attr]
            folder = program.folder
            socket.create_connection(("127.0.0.1", program.port), timeout=1).close()
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", program.port), timeout=1)
        assert not folder.exists()

    def test_that_end_at_once_are_told_by_their_last_words(self, tmp_path: Path) -> None:
        with (
            pytest.raises(DoesNotRun, match="no such thing"),
            serving(written("raise SystemExit('no such thing')", tmp_path)),
        ):
            pass
