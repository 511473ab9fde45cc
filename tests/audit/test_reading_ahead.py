"""The stand-alone verifier with processes that read ahead: it says the same, and waits for no dead one."""

import errno
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.verifier import verify
from tests.audit.bundles import Maker, event

PAYMENTS = [event(number, "payment.completed", entity_seq=1, id=f"pay_{number}") for number in range(400)]
LEDGERS = (b'"ledgers": {}', b'"ledgers": {"postings": ["payment.completed"]}')
ERASED = event(401, "privacy.erased", id="usr_a")


@pytest.fixture(scope="module")
def maker(tmp_path_factory: pytest.TempPathFactory) -> Maker:
    """The keys of all bundles here."""
    return Maker.new(tmp_path_factory.mktemp("keys"))


@pytest.fixture
def many_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few lines a part, so that a small export has many; two readers, however many processors there are."""
    monkeypatch.setattr(verify, "_PART", 1500)
    monkeypatch.setattr(verify, "_processors", lambda: 2)


def written(maker: Maker, folder: Path, lines: list[bytes]) -> Path:
    """Write an export and the policy beside it."""
    (folder / "export").write_bytes(b"\n".join(lines) + b"\n")
    (folder / "policy").write_text(maker.policy)
    return folder / "export"


def verified(export: Path) -> int:
    """Check an export here."""
    return verify.main([str(export), "--policy", str(export.with_name("policy"))])


def both(
    maker: Maker, export: Path, lines: list[bytes], *, note: str = ""
) -> tuple[verify.Report, verify.Report]:
    """Return what readers find in an export, and what is found line by line."""
    together, alone = (verify.Checker(verify.Policy.parse(maker.policy)) for _ in range(2))
    for checker in (together, alone):
        if note:
            checker.expect(note, "a receipt")
    verify.take_file(export, together)
    for number, line in enumerate(lines, 1):
        alone.take_safely(number, line)
    return together.finish(), alone.finish()


def broken(lines: list[bytes]) -> list[bytes]:
    """Return the lines with something to say in many places."""
    changed = list(lines)
    changed[50] = changed[50].replace(b"usr_a", b"usr_b")
    changed[120:122] = changed[121], changed[120]
    changed[200] = b"rubbish"
    changed[250] = changed[251]
    changed[300] = b'{"head":1,"note":"x"}'
    return changed


@pytest.mark.usefixtures("many_parts")
class TestReport:
    @pytest.mark.parametrize("change", [list, broken])
    def test_is_the_same_as_line_by_line(
        self, maker: Maker, tmp_path: Path, change: type[list[bytes]]
    ) -> None:
        lines = change(maker.export([*PAYMENTS, ERASED], heads_every=70))
        together, alone = both(maker, written(maker, tmp_path, lines), lines)
        assert together == alone

    @pytest.mark.parametrize("many", ["lives", "a life"])
    def test_is_that_of_readers(
        self, maker: Maker, tmp_path: Path, many: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The tests here would say nothing if the leaves were read by this process after all."""
        one = [first_step(1000), *(life(1000 + step, step + 1, 999 + step) for step in range(1, 400))]
        lines = maker.export(PAYMENTS if many == "lives" else one, heads_every=400)
        export, read, here = written(maker, tmp_path, lines), verify._read_leaves, os.getpid()
        with export.open("rb") as file:
            first = len(verify._lines_from(file, 0)) - 1

        def only_the_first_part(some: list[bytes], kinds: list[bytes]) -> verify.Leaves | None:
            assert os.getpid() != here or len(some) == first
            return read(some, kinds)

        monkeypatch.setattr(verify, "_read_leaves", only_the_first_part)
        monkeypatch.setattr(verify.Checker, "_take_leaf", None)
        assert verified(export) == 0


def life(number: int, seq: int, previous: int | None) -> bytes:
    """Return a step of one life, the same number of bytes whatever it says."""
    named = f"{previous:08x}-0000-7000-8000-000000000000" if previous is not None else ""
    return event(number, "consent.used", entity_seq=seq, id="con_1", previous_event=named)


def first_step(number: int) -> bytes:
    """Return how that life begins."""
    return event(number, "consent.granted", entity_seq=1, id="con_1")


# What a life's later steps are, its first one being event 1000; all come in other parts than the one before.
LATER_STEPS = {
    "in order": ([life(1001, 2, 1000), life(1002, 3, 1001)], 0),
    "one missing": ([life(1001, 3, 1000), life(1002, 4, 1001)], 14),
    "one doubled": ([life(1001, 2, 1000), life(1002, 2, 1000)], 14),
    "joined to another": ([life(1001, 2, 7), life(1002, 3, 1001)], 14),
    "joined to the one before the last": ([life(1001, 2, 1000), life(1002, 3, 1000)], 14),
    "begun anew": ([first_step(1001), life(1002, 2, 1001)], 14),
    "number none": ([life(1001, 0, 1000), life(1002, 2, 1000)], 14),
}


@pytest.mark.usefixtures("many_parts")
class TestBorderOfParts:
    """What a reader cannot know: what came before its part."""

    @pytest.mark.parametrize("name", LATER_STEPS)
    @pytest.mark.parametrize("apart", [1, 5, 100])
    def test_does_not_hide_the_order_of_a_life(
        self, maker: Maker, tmp_path: Path, name: str, apart: int
    ) -> None:
        later, code = LATER_STEPS[name]
        leaves = list(PAYMENTS)
        for place, step in enumerate([first_step(1000), *later]):
            leaves.insert(150 + place * apart, step)
        lines = maker.export(leaves, heads_every=len(leaves))
        together, alone = both(maker, written(maker, tmp_path, lines), lines)
        assert (together, together.code) == (alone, code)

    @pytest.mark.parametrize("part", [1400, 1401, 1500, 1777, 1900])
    def test_lies_anywhere_in_a_line(
        self, maker: Maker, tmp_path: Path, part: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Each step of one life stands beside the last one: somewhere a border is between two, or in one."""
        monkeypatch.setattr(verify, "_PART", part)
        leaves = [
            first_step(1000),
            *(life(1000 + number, number + 1, 999 + number) for number in range(1, 400)),
        ]
        wrong = [*leaves[:200], life(1200, 202, 1199), *leaves[201:]]
        for some, code in ((leaves, 0), (wrong, 14)):
            lines = maker.export(some, heads_every=len(some))
            together, alone = both(maker, written(maker, tmp_path, lines), lines)
            assert (together, together.code) == (alone, code)

    def test_that_is_a_line_end_changes_nothing(
        self, maker: Maker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        lines = maker.export([*PAYMENTS[:200], *PAYMENTS[100:300]], heads_every=400)
        export = written(maker, tmp_path, lines)
        for length in range(5):
            monkeypatch.setattr(verify, "_PART", len(b"\n".join(lines[:6])) - 2 + length)
            together, alone = both(maker, export, lines)
            assert together == alone

    def test_does_not_hide_an_event_that_stands_twice(self, maker: Maker, tmp_path: Path) -> None:
        leaves = [*PAYMENTS[:200], event(30), *PAYMENTS[200:]]
        lines = maker.export(leaves, heads_every=len(leaves))
        together, alone = both(maker, written(maker, tmp_path, lines), lines)
        assert (together, together.code) == (alone, 11)

    @pytest.mark.parametrize(("size", "code"), [(1, 0), (199, 0), (200, 0), (201, 0), (400, 0), (401, 12)])
    def test_does_not_hide_a_head_from_elsewhere(
        self, maker: Maker, tmp_path: Path, size: int, code: int
    ) -> None:
        """It ends among leaves, where no head of the export does; it is true, or of another history."""
        lines = maker.export(PAYMENTS, heads_every=400)
        export = written(maker, tmp_path, lines)
        for leaves, expected in (([*PAYMENTS, ERASED], code), ([ERASED, *PAYMENTS], 12)):
            note = maker.witnessed(maker.head(leaves[:size]))
            together, alone = both(maker, export, lines, note=note)
            assert (together, together.code) == (alone, expected)

    def test_does_not_hide_a_ledger(self, maker: Maker, tmp_path: Path) -> None:
        lines = [line.replace(*LEDGERS) for line in maker.export(PAYMENTS, heads_every=400)]
        ids = [f"{number:08x}-0000-7000-8000-000000000000" for number in range(400)]
        lines[-1:-1] = [json.dumps({"ledger": "postings", "events": ids[:-3]}).encode()]
        together, alone = both(maker, written(maker, tmp_path, lines), lines)
        assert (together, together.code) == (alone, 14)
        assert len(together.findings[14]) == 3

    def test_asks_no_entry_of_what_failed(self, maker: Maker, tmp_path: Path) -> None:
        failed = [leaf.replace(b'"success"', b'"failure"') for leaf in PAYMENTS]
        lines = [line.replace(*LEDGERS) for line in maker.export(failed, heads_every=400)]
        together, alone = both(maker, written(maker, tmp_path, lines), lines)
        assert (together, together.code) == (alone, 0)

    def test_does_not_hide_ledgers_that_are_named_too_late(self, maker: Maker, tmp_path: Path) -> None:
        """Readers know the kinds of the first part; what names others in the middle is believed as before."""
        lines = maker.export(PAYMENTS, heads_every=400)
        lines.insert(250, lines[0].replace(*LEDGERS))
        together, alone = both(maker, written(maker, tmp_path, lines), lines)
        assert (together, together.code) == (alone, 14)

    def test_does_not_hide_an_erasure_or_a_key(self, maker: Maker, tmp_path: Path) -> None:
        added = event(402, "audit.key_added", id=str(maker.log.verifier))
        lines = maker.export([*PAYMENTS[:250], ERASED, *PAYMENTS[250:], added], heads_every=402)
        together, alone = both(maker, written(maker, tmp_path, lines), lines)
        assert together == alone
        assert len(together.remarks) == 2


@pytest.mark.usefixtures("many_parts")
class TestDeadReader:
    @pytest.mark.parametrize("part", [1, 2, 50])
    def test_cuts_the_check_short(
        self, maker: Maker, tmp_path: Path, part: int,
        monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    ) -> None:  # fmt: skip
        """Who is to read that part is killed at it: from outside, a fast one might have sent all by then."""
        export = written(maker, tmp_path, maker.export(PAYMENTS))
        read, here = verify._lines_from, os.getpid()

        def killed(file: BinaryIO, start: int) -> list[bytes]:
            if start == part * verify._PART and os.getpid() != here:
                os.kill(os.getpid(), signal.SIGKILL)
            return read(file, start)

        monkeypatch.setattr(verify, "_lines_from", killed)
        assert verified(export) == verify.CUT_SHORT == 1
        said = capsys.readouterr()
        assert (said.out, "a process that read ahead is gone" in said.err) == ("", True)

    def test_is_no_worse_than_a_file_that_cannot_be_read_on(
        self,
        maker: Maker,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        """A head in a later part is read by the process that compares, and here the disk fails it."""
        export = written(maker, tmp_path, maker.export(PAYMENTS, heads_every=100))
        read, here = verify._lines_from, os.getpid()

        def failing(file: BinaryIO, start: int) -> list[bytes]:
            if start and os.getpid() == here:
                raise OSError(errno.EIO, "input/output error")
            return read(file, start)

        monkeypatch.setattr(verify, "_lines_from", failing)
        assert verified(export) == verify.CUT_SHORT
        said = capsys.readouterr()
        assert (said.out, "input/output error" in said.err) == ("", True)

    def test_leaves_no_other_behind(
        self, maker: Maker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        export = written(maker, tmp_path, maker.export(PAYMENTS))
        readers: list[verify.Reader] = []
        start = verify.start_readers
        monkeypatch.setattr(
            verify, "start_readers", lambda *what: readers.extend(start(*what)) or list(readers)
        )
        monkeypatch.setattr(verify.Checker, "take_runs", _stopping(readers, verify.Checker.take_runs))
        with pytest.raises(KeyboardInterrupt):
            verified(export)
        assert [reader.process.is_alive() for reader in readers] == [False] * 3  # one more than processors


def _stopping(readers: list[verify.Reader], take_runs: Callable[..., None]) -> Callable[..., None]:
    """Let one reader hang, and interrupt what takes the runs of the first: it dies with the rest."""

    def take_or_stop(*what: Any) -> None:
        if readers:
            os.kill(readers[1].process.pid or 0, signal.SIGSTOP)
            raise KeyboardInterrupt
        take_runs(*what)

    return take_or_stop


class TestNoReaders:
    @pytest.fixture
    def export(self, maker: Maker, tmp_path: Path, many_parts: None) -> Path:
        """An export large enough for readers."""
        return written(maker, tmp_path, maker.export(PAYMENTS))

    def test_where_no_process_can_be_started(self, export: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        fork, forks = os.fork, iter([True, False])

        def refuse_the_second() -> int:
            if next(forks):
                return fork()
            raise OSError(errno.EAGAIN, "no more processes")

        monkeypatch.setattr(os, "fork", refuse_the_second)
        assert verified(export) == 0
        assert next(forks, None) is None

    def test_for_a_small_export(self, export: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(verify, "_PART", 1 << 19)
        monkeypatch.setattr(verify, "start_readers", None)
        assert verified(export) == 0

    @pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="no way to ask for one processor")
    def test_on_one_processor(self, export: Path) -> None:
        program = (
            "import os, sys; os.sched_setaffinity(0, [min(os.sched_getaffinity(0))]); os.fork = None\n"
            "from audit.verifier import verify; verify._PART = 1500; sys.exit(verify.main(sys.argv[1:]))"
        )
        arguments = [str(export), "--policy", str(export.with_name("policy"))]
        ran = subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True, check=False)
        assert (ran.returncode, ran.stderr) == (0, b"")


class TestLines:
    @given(
        data=st.lists(st.sampled_from([b"\n", b"a", b"bc", b"d" * 9])).map(b"".join), part=st.integers(1, 8)
    )
    def test_of_all_parts_are_those_of_the_file(
        self, tmp_path_factory: pytest.TempPathFactory, data: bytes, part: int
    ) -> None:
        file = tmp_path_factory.getbasetemp() / "lines"
        file.write_bytes(data)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(verify, "_PART", part)
            assert list(verify.lines_of(file)) == data.removesuffix(b"\n").split(b"\n") * bool(data)
