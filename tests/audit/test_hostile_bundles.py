"""The stand-alone verifier against bundles made to break it: an exit code, in bounded time and memory."""

import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audit.verifier import verify
from tests.audit.bundles import Maker, event
from tests.support.examples import examples

CODES = {0, 10, 11, 12, 13, 14, 15}
LEAVES = [event(number) for number in range(25)]
MOST_MEMORY = 400 * 2**20
MOST_SECONDS = 40


@pytest.fixture(scope="module")
def maker(tmp_path_factory: pytest.TempPathFactory) -> Maker:
    """The keys of all bundles here."""
    return Maker.new(tmp_path_factory.mktemp("keys"))


@pytest.fixture(scope="module")
def export(maker: Maker) -> list[bytes]:
    """A good export."""
    return maker.export(LEAVES)


def check(maker: Maker, data: bytes, folder: Path) -> int:
    """Check bytes as a file, in this process; any exception fails the test."""
    file = folder / "export"
    file.write_bytes(data)
    checker = verify.Checker(verify.Policy.parse(maker.policy))
    return checker.read(verify.lines_of(file)).code


def alone(maker: Maker, file: Path, *more: str) -> tuple[int, str]:
    """Check a file in a process that may not grow; return the exit code and what was said."""
    policy = file.with_name("policy")
    policy.write_text(maker.policy)
    began = time.monotonic()
    ran = subprocess.run(
        [sys.executable, verify.__file__, *more, str(file), "--policy", str(policy)],
        env={}, capture_output=True, text=True, check=False, timeout=MOST_SECONDS,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY)),
    )  # fmt: skip
    assert "Traceback" not in ran.stderr, ran.stderr[-2000:]
    assert time.monotonic() - began < MOST_SECONDS
    return ran.returncode, ran.stdout


class TestGoodBundle:
    def test_is_good(self, maker: Maker, export: list[bytes], tmp_path: Path) -> None:
        assert check(maker, b"\n".join(export) + b"\n", tmp_path) == 0

    def test_is_good_without_its_last_line_end(
        self, maker: Maker, export: list[bytes], tmp_path: Path
    ) -> None:
        assert check(maker, b"\n".join(export), tmp_path) == 0


class TestMutatedBundle:
    """Whatever is done to the bytes, the answer is one of the codes; nothing signed is changed unseen."""

    FEW = settings(
        max_examples=examples(300), deadline=5000, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )

    @FEW
    @given(data=st.data())
    def test_gets_an_exit_code(
        self, maker: Maker, export: list[bytes], tmp_path: Path, data: st.DataObject
    ) -> None:
        whole = bytearray(b"\n".join(export) + b"\n")
        for _ in range(data.draw(st.integers(1, 5))):
            at = data.draw(st.integers(0, len(whole) - 1))
            length = data.draw(st.integers(0, 200))
            whole[at : at + length] = data.draw(st.binary(max_size=60))
        assert check(maker, bytes(whole), tmp_path) in CODES

    @FEW
    @given(data=st.data())
    def test_with_another_byte_in_a_leaf_is_refused(
        self, maker: Maker, export: list[bytes], tmp_path: Path, data: st.DataObject
    ) -> None:
        lines = list(export)
        which = data.draw(st.sampled_from([n for n, line in enumerate(lines) if line[:1] != b"{"]))
        line = bytearray(lines[which])
        at = data.draw(st.integers(0, len(line) - 1))
        line[at] ^= data.draw(st.integers(1, 255))
        lines[which] = bytes(line)
        assert check(maker, b"\n".join(lines) + b"\n", tmp_path) in {10, 11, 13}

    @FEW
    @given(data=st.data())
    def test_with_lines_lost_doubled_or_moved_is_refused(
        self, maker: Maker, export: list[bytes], tmp_path: Path, data: st.DataObject
    ) -> None:
        lines = list(export)
        leaves = [n for n, line in enumerate(lines) if line[:1] != b"{"]
        taken = lines.pop(data.draw(st.sampled_from(leaves)))
        for _ in range(data.draw(st.sampled_from([0, 2]))):
            lines.insert(data.draw(st.integers(0, len(lines))), taken)
        assert check(maker, b"\n".join(lines) + b"\n", tmp_path) in {10, 11}

    @FEW
    @given(lines=st.lists(st.binary(max_size=200), max_size=30))
    def test_of_rubbish_alone_is_refused(self, maker: Maker, tmp_path: Path, lines: list[bytes]) -> None:
        assert check(maker, b"\n".join(lines), tmp_path) in {10, 11, 13}


class TestLeavesAtOnce:
    """Leaves that follow each other are taken together if nothing is to be said of them; else one by one."""

    FEW = settings(max_examples=examples(200), deadline=5000, suppress_health_check=[HealthCheck.too_slow])
    WHOLE = [
        event(1, "payment.completed", entity_seq=1),
        event(2, "privacy.erased", id="usr_a"),
        event(3).replace(b'"usr_a"', b'"usr_{a}"'),
        event(4, entity_seq=2, previous_event="00000001-0000-7000-8000-000000000000"),
        event(5, entity_seq=7),
        event(6)[:-1] + b',"more":{}}',
        event(7).replace(b'"actor":{', b'"actor":{"x":{"y":1},'),
        event(8).replace(b"usr_a", b"usr_\\u0061"),
        event(9).replace(b'"type":"customer"', b'"type":"customer}'),
        b'{"at":"2026-01-01T00:00:00.000000Z","event_id":"e-1","raw":"eA=="}',
        b"rubbish",
    ]

    @FEW
    @given(data=st.data())
    def test_says_what_they_say_one_by_one(self, maker: Maker, data: st.DataObject) -> None:
        few = data.draw(st.lists(st.sampled_from(self.WHOLE), min_size=1, max_size=12))
        lines = maker.export(few, heads_every=data.draw(st.integers(1, 6)))
        elsewhere = maker.witnessed(maker.head(few[: data.draw(st.integers(1, len(few)))]))
        if data.draw(st.booleans()):
            lines[data.draw(st.integers(1, len(lines) - 1))] = data.draw(st.sampled_from(lines))
        if data.draw(st.booleans()):
            place = data.draw(st.integers(1, len(lines) - 1))
            lines[place] = lines[place].replace(b"usr_a", b"usr_b")
        lines[0] = lines[0].replace(b'"ledgers": {}', b'"ledgers": {"postings": ["payment.completed"]}')
        together, alone = (verify.Checker(verify.Policy.parse(maker.policy)) for _ in range(2))
        for checker in (together, alone):
            checker.expect(elsewhere, "a receipt")
        for number, line in enumerate(lines, 1):
            alone.take_safely(number, line)
        assert together.read(lines) == alone.finish()

    @pytest.mark.parametrize("number", range(len(WHOLE)))
    def test_are_read_as_json_reads_them(self, number: int) -> None:
        """What the pattern says of an event is what JSON says of it, or it is left to JSON."""
        try:
            said = verify._slowly(self.WHOLE[number])
        except (ValueError, KeyError) as error:
            with pytest.raises(type(error)):
                verify._event_of(self.WHOLE[number])
        else:
            assert verify._event_of(self.WHOLE[number]) == said

    def test_with_a_brace_inside_a_part_are_left_to_json(self) -> None:
        inner = event(7).replace(b'"actor":{', b'"actor":{"x":{"y":1,')
        assert verify._EVENT.fullmatch(inner) is not None
        with pytest.raises(ValueError, match="Expecting"):
            verify._event_of(inner)


HOSTILE = {
    "deep JSON": b'{"head":' + b"[" * 900_000,
    "deep objects": b'{"a":' * 150_000 + b"1" + b"}" * 150_000,
    "a number of a million digits": b'{"head":' + b"9" * 1_000_000 + b"}",
    "an end of a million digits": b'{"end":' + b"9" * 1_000_000 + b"}",
    "a name twice": b'{"end":25,"end":25}',
    "no object": b"[]",
    "an unknown kind": b'{"other":1}',
    "a private kind": b'{"_end":1}',
    "a list for a text": b'{"head":25,"note":[]}',
    "an object for a text": b'{"witnessed":{}}',
    "a ledger nobody named": b'{"ledger":"x","events":["y"]}',
    "ledgers that are none": b'{"format":"harbour-audit-export/2","origin":"log.example/one","ledgers":[]}',
    "UTF-16": '{"end":25}'.encode("utf-16"),
    "half a character": b'{"head":25,"note":"\xc3',
    "zero bytes": b"\x00" * 1000,
    "a note of line ends": b'{"head":25,"note":"' + b"\\n" * 200_000 + b'"}',
    "a note of dashes": b'{"head":25,"note":"a\\n1\\nb\\n\\n'
    + "\N{EM DASH} a AAAAAAA=\\n".encode() * 20_000
    + b'"}',
    "a lone surrogate": b'{"waiting":"\\ud800"}',
    "a surrogate in a ledger": b'{"published":"\\ud800"}',
    "NaN": b'{"end":NaN}',
    "infinity": b'{"end":1e999}',
    "a terminal's commands": b"A" * 44 + b' {"at":"\x1b[2J","event_id":"\x1b]0;x\x07","raw":"eA=="}',
    "an event like ours to the letter but for a step": b"A" * 44 + b" " + event(1, entity_seq=0),
    "a step of a thousand digits": b"A" * 44 + b" " + event(1, entity_seq=10**1000),
}


class TestHostileLine:
    @pytest.mark.parametrize("name", HOSTILE)
    def test_is_refused(self, maker: Maker, export: list[bytes], tmp_path: Path, name: str) -> None:
        lines = [*export[:7], HOSTILE[name], *export[7:]]
        code = check(maker, b"\n".join(lines) + b"\n", tmp_path)
        assert code in CODES - {0}

    def test_says_nothing_a_terminal_obeys(self, maker: Maker, export: list[bytes], tmp_path: Path) -> None:
        file = tmp_path / "export"
        file.write_bytes(b"\n".join([*export[:7], HOSTILE["a terminal's commands"], *export[7:]]))
        _, said = alone(maker, file)
        assert all(character == "\n" or character >= " " for character in said)


class TestHugeBundle:
    """Each in a process that may use 400 MiB."""

    def pieces(self, name: str) -> Iterator[bytes]:
        one = b"x" * 2**20
        if name == "one endless line":
            yield from [one] * 300
        elif name == "a sparse gigabyte of zeros":
            yield b""
        elif name == "millions of empty lines":
            yield from [b"\n" * 2**20] * 3
        else:
            yield from [(b"[" * 1000 + b"\n") * 1000] * 100

    @pytest.mark.slow
    @pytest.mark.parametrize(
        "name",
        ["one endless line", "a sparse gigabyte of zeros", "millions of empty lines", "much nested rubbish"],
    )
    def test_is_refused_in_bounded_time_and_memory(self, maker: Maker, tmp_path: Path, name: str) -> None:
        file = tmp_path / "export"
        with file.open("wb") as stream:
            for piece in self.pieces(name):
                stream.write(piece)
        if name.startswith("a sparse"):
            os.truncate(file, 2**30)
        assert alone(maker, file)[0] in {10, 11}


class TestNoPlainFile:
    @pytest.mark.parametrize("name", ["/dev/zero", "/dev/stdin", "/nowhere", "/tmp"])  # noqa: S108 - not used
    def test_is_refused(self, maker: Maker, tmp_path: Path, name: str) -> None:
        link = tmp_path / "export"
        link.symlink_to(name)
        assert alone(maker, link)[0] == 10

    def test_that_is_a_pipe_is_not_waited_for(self, maker: Maker, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "export")
        assert alone(maker, tmp_path / "export")[0] == 10

    def test_that_loops_is_refused(self, maker: Maker, tmp_path: Path) -> None:
        (tmp_path / "export").symlink_to(tmp_path / "export")
        assert alone(maker, tmp_path / "export")[0] == 10


class TestReceipt:
    """A customer's proof, checked without the bank and without its log."""

    def check(self, maker: Maker, folder: Path, text: str | bytes, export: list[bytes] | None = None) -> int:
        (folder / "mine.tlog-proof").write_bytes(text if isinstance(text, bytes) else text.encode())
        (folder / "policy").write_text(maker.policy)
        arguments = ["--receipt", str(folder / "mine.tlog-proof"), "--policy", str(folder / "policy")]
        if export:
            (folder / "export").write_bytes(b"\n".join(export))
            arguments.append(str(folder / "export"))
        return verify.main(arguments)

    @pytest.mark.parametrize("index", range(25))
    def test_verifies_with_pinned_keys_alone(self, maker: Maker, tmp_path: Path, index: int) -> None:
        assert self.check(maker, tmp_path, maker.receipt(LEAVES, index)) == 0

    def test_of_the_only_event_verifies(self, maker: Maker, tmp_path: Path) -> None:
        assert self.check(maker, tmp_path, maker.receipt(LEAVES[:1], 0)) == 0

    def test_shows_the_event(self, maker: Maker, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.check(maker, tmp_path, maker.receipt(LEAVES, 7))
        assert "00000007-0000-7000-8000-000000000000" in capsys.readouterr().out

    def test_of_a_head_no_witness_saw_says_so(self, maker: Maker, tmp_path: Path) -> None:
        assert self.check(maker, tmp_path, maker.receipt(LEAVES, 3, witnessed=False)) == 15

    def test_under_another_key_is_refused(self, maker: Maker, tmp_path: Path) -> None:
        (tmp_path / "other").mkdir()
        assert self.check(maker, tmp_path, Maker.new(tmp_path / "other").receipt(LEAVES, 3)) == 13

    def test_of_another_history_convicts_the_log(
        self, maker: Maker, export: list[bytes], tmp_path: Path
    ) -> None:
        honest = maker.receipt(LEAVES, 3)
        assert self.check(maker, tmp_path, honest, export) == 0
        rewritten = maker.export([event(99), *LEAVES[1:]])
        assert self.check(maker, tmp_path, honest, rewritten) == 12
        assert self.check(maker, tmp_path, honest, maker.export(LEAVES[:20])) == 12

    @settings(
        max_examples=examples(300), deadline=5000, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(data=st.data())
    def test_that_was_changed_is_refused(self, maker: Maker, tmp_path: Path, data: st.DataObject) -> None:
        good = maker.receipt(LEAVES, 11).encode()
        broken = bytearray(good)
        at = data.draw(st.integers(0, len(broken) - 1))
        broken[at : at + data.draw(st.integers(0, 20))] = data.draw(st.binary(max_size=20))
        if bytes(broken) != good:
            assert self.check(maker, tmp_path, bytes(broken)) in {10, 13, 15}

    def test_that_is_huge_is_refused(self, maker: Maker, tmp_path: Path) -> None:
        assert self.check(maker, tmp_path, maker.receipt(LEAVES, 3) + "x" * 2**21) == 10


class TestErasure:
    def test_is_told_and_breaks_nothing(
        self, maker: Maker, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        leaves = [event(1), event(2, "privacy.erased", id="usr_a"), event(3)]
        (tmp_path / "export").write_bytes(b"\n".join(maker.export(leaves)))
        (tmp_path / "policy").write_text(maker.policy)
        assert verify.main([str(tmp_path / "export"), "--policy", str(tmp_path / "policy")]) == 0
        said = capsys.readouterr().out
        assert "usr_a: erased on 2026-01-01T00:00:00.000000Z by event 00000002-" in said


class TestLedgerBeside:
    def test_is_held_against_the_log(self, maker: Maker, tmp_path: Path) -> None:
        leaves = [event(1, "payment.completed"), event(2, "payment.completed")]
        lines = maker.export(leaves)
        lines[0] = lines[0].replace(b'"ledgers": {}', b'"ledgers": {"postings": ["payment.completed"]}')
        (tmp_path / "export").write_bytes(b"\n".join(lines))
        (tmp_path / "policy").write_text(maker.policy)
        ids = [f"{number:08x}-0000-7000-8000-000000000000" for number in (1, 2, 3)]
        for entries, code in [(ids[:2], 0), (ids[:1], 14), (ids, 14), (ids[:2] * 2, 14), ([], 14)]:
            rows = "".join(f'{{"ledger":"postings","events":["{entry}"]}}\n' for entry in entries)
            (tmp_path / "ledger").write_text(rows)
            arguments = [str(tmp_path / "export"), "--policy", str(tmp_path / "policy")]
            assert verify.main([*arguments, "--ledger", str(tmp_path / "ledger")]) == code, entries
