#!/usr/bin/env python3
"""Check an export of the audit log, believing only the pinned key: verify.py EXPORT --key KEY.pub

One file: the standard library and `cryptography`, no code of the bank's. Every leaf's bytes are hashed again,
every signed head is compared with the tree over exactly those leaves, and lives (entity_seq) and ledger with
the log.

Exit codes: 0 good · 10 bytes altered · 11 missing, extra or reordered · 12 fork or truncation against the
published head · 13 signature or key · 14 a step of a life or a ledger entry without its event · 15 a part not
published yet.
"""

import argparse
import base64
import binascii
import hashlib
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import reduce
from pathlib import Path
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

FORMAT = "harbour-audit-export/1"
GOOD, ALTERED, REORDERED, FORKED, SIGNATURE, INCOMPLETE, UNPUBLISHED = 0, 10, 11, 12, 13, 14, 15
GRAVEST_FIRST = (ALTERED, REORDERED, SIGNATURE, FORKED, INCOMPLETE, UNPUBLISHED)
LINES = ("format", "leaf", "head", "published", "waiting", "ledger", "end")  # a line begins with its kind
_MOST_TOLD, _LONGEST_LINE = 50, 1 << 20


class Unreadable(ValueError):
    """A line or a note is not what it should be."""


@dataclass
class Report:
    """What was found, by exit code."""

    findings: dict[int, list[str]] = field(default_factory=lambda: defaultdict(list))
    lines_of: Counter[str] = field(default_factory=Counter)

    def add(self, code: int, what: str) -> None:
        """Note a finding."""
        if len(self.findings[code]) < _MOST_TOLD:
            self.findings[code].append(what)

    @property
    def code(self) -> int:
        """The exit code: that of the gravest finding."""
        return next((code for code in GRAVEST_FIRST if self.findings.get(code)), GOOD)

    def lines(self) -> Iterator[str]:
        """Yield what to tell a person."""
        yield "{leaf} events under {head} signed heads; {waiting} wait to be sealed".format_map(self.lines_of)
        for code in GRAVEST_FIRST:
            yield from (f"[{code}] {what}" for what in self.findings.get(code, []))
        yield "good" if self.code == GOOD else f"NOT good: exit code {self.code}"


class Head(NamedTuple):
    """A signed head: which log, how many leaves, which root."""

    origin: str
    size: int
    root: bytes


class Key(NamedTuple):
    """A pinned verifier key, `name+hash+base64` (C2SP signed-note, Ed25519)."""

    name: str
    public: bytes

    @classmethod
    def parse(cls, text: str) -> "Key":
        """Return the key; raises Unreadable."""
        name, _, rest = text.strip().partition("+")
        data = _unbase64(rest.partition("+")[2])
        if name and len(data) == 33 and data[0] == 1:
            return cls(name, data[1:])
        raise Unreadable("not an Ed25519 verifier key")

    def open(self, note: str) -> Head:
        """Return what a note says once this key's signature on it is found good; raises Unreadable."""
        text, separator, signatures = note.rpartition("\n\n")
        text += "\n"
        if not separator or not any(self._signed(line, text) for line in signatures.splitlines()):
            raise Unreadable("not signed by the pinned key")
        origin, size, root, *_ = [*text.split("\n"), "", ""]
        if not size.isascii() or not size.isdigit() or len(size) > 18 or len(_unbase64(root)) != 32:
            raise Unreadable("not a signed head")
        return Head(origin, int(size), _unbase64(root))

    def _signed(self, line: str, text: str) -> bool:
        prefix = f"\N{EM DASH} {self.name} "
        if not line.startswith(prefix):
            return False
        signature = _unbase64(line[len(prefix) :])[4:]
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text.encode())
        except InvalidSignature:
            return False
        return True


class Tree:
    """The RFC 9162 tree over the leaves so far."""

    def __init__(self) -> None:
        self.size = 0
        self._subtrees: list[tuple[int, bytes]] = []

    def append(self, leaf: bytes) -> None:
        """Add a leaf's hash."""
        height = 0
        while self._subtrees and self._subtrees[-1][0] == height:
            leaf = hashlib.sha256(b"\x01" + self._subtrees.pop()[1] + leaf).digest()
            height += 1
        self._subtrees.append((height, leaf))
        self.size += 1

    def root(self) -> bytes:
        """Return the root."""
        if not self._subtrees:
            return hashlib.sha256(b"").digest()
        hashes = [digest for _, digest in reversed(self._subtrees)]
        return reduce(lambda right, left: hashlib.sha256(b"\x01" + left + right).digest(), hashes)


class Checker:
    """Reads an export line by line, keeping only what later lines are compared with."""

    def __init__(self, key: Key) -> None:
        self.key = key
        self.report = Report()
        self._tree = Tree()
        self._last_head = 0
        self._published: list[Head] = []
        self._roots: dict[int, bytes] = {}
        self._events: dict[str, str] = {}  # event id -> kind of what succeeded
        self._lives: dict[str, list[tuple[int, str, str | None]]] = defaultdict(list)
        self._end: dict[str, Any] = {}

    def read(self, lines: Iterable[str]) -> Report:
        """Return what a whole export shows."""
        for number, line in enumerate(lines, 1):
            self.take_safely(number, line)
        return self.finish()

    def take_safely(self, number: int, line: str | dict[str, Any]) -> None:
        """Take one line, as text or parsed; what cannot be read is a finding."""
        try:
            self._take(_object(line) if isinstance(line, str) else line)
        except (KeyError, TypeError, AttributeError, ValueError, RecursionError) as error:
            self.report.add(ALTERED, f"line {number} cannot be read: {str(error)[:120]}")

    def _take(self, line: dict[str, Any]) -> None:
        name = next(iter(line), "")
        if name not in LINES:
            raise Unreadable("a line of an unknown kind")
        self.report.lines_of[name] += 1
        getattr(self, f"_take_{name}")(line)

    def finish(self) -> Report:
        """Compare what only the end can tell, and return the report."""
        if not self._end:
            self.report.add(REORDERED, "the export has no end: it was cut off")
        if self._tree.size != self._last_head:
            self.report.add(REORDERED, f"{self._tree.size} leaves; the last head covers {self._last_head}")
        self._check_lives()
        if self.report.code not in (ALTERED, REORDERED, SIGNATURE):
            self._check_published()
        return self.report

    def _take_format(self, line: dict[str, Any]) -> None:
        if line["format"] != FORMAT:
            raise Unreadable("an export of an unknown format")
        if line["origin"] != self.key.name:
            self.report.add(SIGNATURE, "the pinned key is not for this log")

    def _take_leaf(self, line: dict[str, Any]) -> None:
        body = line["body"].encode() if "body" in line else _unbase64(line["body_base64"])
        digest, index = hashlib.sha256(b"\x00" + body).digest(), line["leaf"]
        if index != self._tree.size:
            self.report.add(REORDERED, f"leaf {index} stands where leaf {self._tree.size} belongs")
        if "hash" in line and _unbase64(line["hash"]) != digest:
            self.report.add(ALTERED, f"leaf {index}: the bytes are not those that were hashed")
        self._tree.append(digest)
        self._note_event(index, _object(body.decode()))

    def _note_event(self, index: int, leaf: dict[str, Any]) -> None:
        event = leaf.get("event", {})
        event_id = event.get("event_id") or leaf["event_id"]
        if event_id in self._events:
            self.report.add(REORDERED, f"leaf {index}: event {event_id} stands here a second time")
        self._events[event_id] = event["kind"] if event.get("outcome") == "success" else ""
        target = event.get("target", {})
        if target.get("entity_seq"):
            life = self._lives[f"{target['type']}:{target['id']}"]
            life.append((int(target["entity_seq"]), event_id, target.get("previous_event")))

    def _take_head(self, line: dict[str, Any]) -> None:
        try:
            head = self.key.open(line["note"])
        except Unreadable as error:
            self.report.add(SIGNATURE, f"the head of {line['head']} leaves: {error}")
            self._last_head = self._tree.size
            return
        self._last_head, present = head.size, self._tree.size
        self._roots[head.size] = self._tree.root()
        if head.origin != self.key.name:
            self.report.add(SIGNATURE, f"the head of {head.size} leaves is of another log")
        if head.size != present or head.size != line["head"]:
            self.report.add(REORDERED, f"the head of {head.size} leaves stands after {present} leaves")
        elif head.root != self._tree.root():
            self.report.add(REORDERED, f"the first {head.size} leaves are not those that were signed")

    def _take_published(self, line: dict[str, Any]) -> None:
        try:
            self._published.append(self.key.open(line["published"]))
        except Unreadable as error:
            self.report.add(SIGNATURE, f"the published head: {error}")

    def _take_waiting(self, line: dict[str, Any]) -> None:
        self._events.setdefault(line["waiting"], "waiting")

    def _take_ledger(self, line: dict[str, Any]) -> None:
        name, entries, kinds = line["ledger"], Counter(line["events"]), set(line.get("kinds", []))
        for event_id, times in entries.items():
            if event_id not in self._events:
                self.report.add(INCOMPLETE, f"{name} has an entry whose event {event_id} is not in the log")
            if times > 1:
                self.report.add(INCOMPLETE, f"{name} has {times} entries for event {event_id}")
        for event_id, kind in self._events.items():
            if kind in kinds and event_id not in entries:
                self.report.add(INCOMPLETE, f"event {event_id} has no entry in {name}")

    def _take_end(self, line: dict[str, Any]) -> None:
        self._end = line
        if line["end"] != self._tree.size:
            self.report.add(REORDERED, f"the export promises {line['end']} leaves and has {self._tree.size}")

    def _check_lives(self) -> None:
        for name, life in self._lives.items():
            previous: str | None = None
            for expected, (seq, event_id, said) in enumerate(sorted(life, key=lambda step: step[:2]), 1):
                if seq != expected:
                    self.report.add(INCOMPLETE, f"{name}: step {expected} is missing or doubled, found {seq}")
                    break
                if said != previous:
                    self.report.add(INCOMPLETE, f"{name}: step {seq} does not follow the step before it")
                previous = event_id

    def _check_published(self) -> None:
        newest = max((head.size for head in self._published), default=0)
        if newest < self._tree.size and not self._end.get("all_published"):
            self.report.add(UNPUBLISHED, f"{self._tree.size - newest} leaves are not published yet")
        for head in self._published:
            if head.size > self._tree.size:
                self.report.add(FORKED, f"{head.size} leaves were published, {self._tree.size} are left")
            elif head.size and self._roots.get(head.size) != head.root:
                self.report.add(FORKED, f"the published head of {head.size} leaves is not one of this log")


def _object(line: str) -> dict[str, Any]:
    value = json.loads(line)
    if not isinstance(value, dict):
        raise Unreadable("not an object")
    return value


def _unbase64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError, TypeError):
        raise Unreadable("not base64") from None


def main(arguments: list[str] | None = None) -> int:
    """Check the export named on the command line and return the exit code."""
    parser = argparse.ArgumentParser(description="Check an export of the audit log.")
    parser.add_argument("export", type=Path)
    parser.add_argument("--key", required=True, type=Path, help="the file of the pinned verifier key")
    told = parser.parse_args(arguments)
    key = Key.parse(told.key.read_text())
    with told.export.open(encoding="utf-8", errors="replace") as lines:
        report = Checker(key).read(iter(lambda: lines.readline(_LONGEST_LINE + 2), ""))
    sys.stdout.write("\n".join(report.lines()) + "\n")
    return report.code


if __name__ == "__main__":
    sys.exit(main())
