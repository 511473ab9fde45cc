"""The stand-alone verifier with processes that read ahead: it says the same, and waits for no dead one."""

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.verifier import verify
from tests.audit.bundles import Maker, event

PAYMENTS = [event(number, "payment.completed", entity_seq=1, id=f"pay_{number}") for number in range(400)]
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
    def test_is_the_same_as_that_of_one_process(
        self, maker: Maker, tmp_path: Path, change: type[list[bytes]]
    ) -> None:
        lines = change(maker.export([*PAYMENTS, ERASED], heads_every=70))
        export = written(maker, tmp_path, lines)
        policy = verify.Policy.parse(maker.policy)
        together, alone = verify.Checker(policy), verify.Checker(policy)
        for run in verify.runs_of(export):
            together.take_run(run)
        assert together.finish() == alone.read(lines)

    def test_is_that_of_readers(self, maker: Maker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """The tests here would say nothing if the file were read by this process after all."""
        export = written(maker, tmp_path, maker.export(PAYMENTS))
        monkeypatch.setattr(verify, "read_ahead", _not_here(os.getpid()))
        with pytest.raises(verify.CutShort):
            list(verify.runs_of(export))


def _not_here(allowed: int) -> object:
    def read_ahead(lines: list[bytes]) -> object:
        if os.getpid() == allowed:
            raise AssertionError("read by the process that compares")
        raise OSError

    return read_ahead


@pytest.mark.usefixtures("many_parts")
class TestDeadReader:
    @pytest.mark.parametrize("which", [0, 1])
    def test_cuts_the_check_short(
        self, maker: Maker, tmp_path: Path, which: int,
        monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    ) -> None:  # fmt: skip
        export = written(maker, tmp_path, maker.export(PAYMENTS * 4))
        start = verify.start_readers

        def start_and_kill(path: Path, parts: range) -> list[verify.Reader]:
            readers = start(path, parts)
            os.kill(readers[which].process.pid or 0, signal.SIGKILL)
            readers[which].process.join()
            return readers

        monkeypatch.setattr(verify, "start_readers", start_and_kill)
        assert verified(export) == verify.CUT_SHORT == 1
        said = capsys.readouterr()
        assert (said.out, "a process that read ahead is gone" in said.err) == ("", True)

    def test_leaves_no_other_behind(
        self, maker: Maker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        export = written(maker, tmp_path, maker.export(PAYMENTS))
        readers: list[verify.Reader] = []
        start = verify.start_readers
        monkeypatch.setattr(
            verify, "start_readers", lambda *what: readers.extend(start(*what)) or list(readers)
        )
        runs = verify.runs_of(export)
        next(runs)
        os.kill(readers[1].process.pid or 0, signal.SIGSTOP)  # one that hangs dies with the rest
        runs.close()
        assert [reader.process.is_alive() for reader in readers] == [False] * 3  # one more than processors


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
