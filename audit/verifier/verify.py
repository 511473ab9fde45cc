#!/usr/bin/env python3
"""Check an export of the audit log, or a customer's receipt, believing pinned keys alone.

    verify.py EXPORT --policy POLICY [--note NOTE]... [--receipt PROOF]... [--ledger LEDGER]
    verify.py --receipt PROOF --policy POLICY

One file: the standard library and `cryptography`; no code of the bank's, no database, no network. Every
leaf's bytes are hashed again, every signed head is compared with the tree over those very leaves, cosigners
are counted as the policy (c2sp.org/tlog-policy) says, lives (entity_seq) and ledger are held against the log.
`--key FILE` in place of a policy: one log key, no witness. Heads from elsewhere, such as the witness's own
memory, yesterday's checkpoint or a receipt, are given beside the export: nothing later may contradict them.

A large export is read ahead by other processes, where they can be had; what is said is the same: they tell
of leaves with which nothing is wrong, and all others are read here.

Exit codes: 0 good · 10 bytes altered · 11 missing, extra or reordered · 12 fork or truncation against a head
that was published · 13 signature or key · 14 a step of a life or a ledger entry without its event · 15 a part
no witness has cosigned yet · 1 the check was cut short: nothing is said.
"""

import argparse
import base64
import binascii
import gc
import hashlib
import itertools
import json
import marshal
import multiprocessing
import os
import re
import signal
import stat
import sys
from array import array
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

FORMAT = "harbour-audit-export/2"
GOOD, CUT_SHORT, ALTERED, REORDERED, FORKED, SIGNATURE, INCOMPLETE, UNWITNESSED = 0, 1, 10, 11, 12, 13, 14, 15
GRAVEST_FIRST = (ALTERED, REORDERED, SIGNATURE, FORKED, INCOMPLETE, UNWITNESSED)
LINES = ("format", "leaf_base64", "head", "witnessed", "published", "waiting", "ledger", "end")
ED25519, COSIGNATURE = 1, 4
_MOST_TOLD, _LONGEST_LINE, _LARGEST_FILE = 50, 1 << 20, 1 << 20
_LINES_AT_ONCE, _AT_ONCE, _HASH_TEXT, _HASH = 256, 4096, 44, 32
# Bytes: twice as many, and the allocator returns them to the system each time; how many parts are too few
# for readers; the most readers.
_PART, _PARTS_ALONE, _MOST_READERS = 1 << 17, 64, 4
_MOST_SIGNATURES, _MOST_STEPS = 64, 64
Step = tuple[int, bytes | None]  # of a life: its number and its event
_UNBORN: Step = (0, None)  # the step before the first
_NOT_READ = (KeyError, TypeError, AttributeError, ValueError, RecursionError)

# An event as the bank writes it. Without a backslash each quote is one of the structure, and without a brace
# inside a part what stands where is certain; any other leaf is read as JSON. The parts are told to end at the
# first closing brace, which is found fast; _is_flat then sees that none was opened in between.
_INNER, _SHORT = rb'(?:,"%s":\{[^}]*\})?', rb'[^"{}\\]*'
_EVENT = re.compile(
    rb'\{"at":"(' + _SHORT + rb')","event":\{"actor":\{[^}]*\}(?:,"break_glass":"' + _SHORT + rb'")?'
    + _INNER % b"change" + _INNER % b"client"
    + rb',"event_id":"([0-9a-f-]{36})","kind":"(' + _SHORT + rb')"' + _INNER % b"on_behalf_of"
    + rb',"outcome":"(' + _SHORT + rb')"' + _INNER % b"personal" + rb'(?:,"reason":"' + _SHORT + rb'")?'
    + _INNER % b"tags" + rb',"target":\{(?:"entity_seq":([0-9]{1,18}),)?"id":"(' + _SHORT
    + rb')"(?:,"previous_event":"(' + _SHORT + rb')")?,"type":"(' + _SHORT + rb')"\},"v":1'
    + _INNER % b"where" + rb"\}\}"
)  # fmt: skip
_NO_BRACES = bytes(set(range(256)) - set(b"{}"))
Event = tuple[Any, ...]  # when, id, kind, outcome, step, target's id, event before, target's type


class Leaves(NamedTuple):
    """What leaves that follow each other say together: each is whole and ordinary, no event stands twice."""

    hashes: bytes  # one after another
    known: bytes  # a keyed 64-bit hash of each event id, one after another
    joins: dict[bytes, Step]  # of lives that began before: the step that has to stand before these leaves
    lives: dict[bytes, Step]  # of all lives among them: the last step
    wanted: dict[bytes, dict[int, bytes]]  # by kind: what succeeded, by the hash of its id


Run = tuple[int, Leaves | None]  # so many lines, and what they say together; None: they have to be looked at


class Unreadable(ValueError):
    """A line, a note or a file is not what it should be."""


class WrongSignature(Unreadable):
    """A signature, or a key, is not what it should be."""


class CutShort(Exception):
    """The check could not be brought to its end: nothing is known about what was not read."""


@dataclass
class Report:
    """What was found, by exit code."""

    findings: dict[int, list[str]] = field(default_factory=lambda: defaultdict(list))
    lines_of: Counter[str] = field(default_factory=Counter)
    remarks: list[str] = field(default_factory=list)

    def add(self, code: int, what: str) -> None:
        """Note a finding."""
        if len(self.findings[code]) < _MOST_TOLD:
            self.findings[code].append(what)

    def remark(self, what: str) -> None:
        """Note what is no fault."""
        if len(self.remarks) < _MOST_TOLD:
            self.remarks.append(what)

    @property
    def code(self) -> int:
        """The exit code: that of the gravest finding."""
        return next((code for code in GRAVEST_FIRST if self.findings.get(code)), GOOD)

    def lines(self) -> Iterator[str]:
        """Yield what to tell a person."""
        if self.lines_of:
            yield "{leaf} events under {head} signed heads; {waiting} wait to be sealed".format_map(
                self.lines_of
            )
        yield from self.remarks
        for code in GRAVEST_FIRST:
            yield from (f"[{code}] {what}" for what in self.findings.get(code, []))
        yield "good" if self.code == GOOD else f"NOT good: exit code {self.code}"


class Key(NamedTuple):
    """A verifier key, `name+id+base64` (C2SP signed-note): type 1 signs heads, type 4 cosigns them."""

    name: str
    type: int
    public: bytes

    @classmethod
    def parse(cls, text: str, *, type: int) -> "Key":  # noqa: A002 - the specification's word
        """Return the key; raises WrongSignature."""
        name, _, rest = text.strip().partition("+")
        key_id, _, encoded = rest.partition("+")
        data = _unbase64(encoded)
        key = cls(name, type, data[1:])
        if not name or len(data) != 33 or data[0] != type or key.id.hex() != key_id:
            raise WrongSignature(f"not a verifier key of type {type}: {text[:80]!r}")
        return key

    @property
    def id(self) -> bytes:
        """The four bytes that name this key in a signature."""
        return hashlib.sha256(self.name.encode() + b"\n" + bytes([self.type]) + self.public).digest()[:4]

    def verify(self, signature: bytes, text: str) -> None:
        """Check a signature over a note's text; raises WrongSignature."""
        message = text.encode()
        if self.type == COSIGNATURE:
            at, signature = int.from_bytes(signature[:8], "big"), signature[8:]
            message = f"cosignature/v1\ntime {at}\n".encode() + message
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except InvalidSignature:
            raise WrongSignature(f"the signature of {self.name} is wrong") from None


class Head(NamedTuple):
    """What a checkpoint says, and the keys of the policy that signed it."""

    origin: str
    size: int
    root: bytes
    signed_by: frozenset[Key]


class Policy:
    """Whom to believe (C2SP tlog-policy)."""

    def __init__(self) -> None:
        self.logs: list[Key] = []
        self.witnesses: dict[str, Key] = {}
        self.groups: dict[str, tuple[int, list[str]]] = {}
        self.quorum = ""

    @classmethod
    def parse(cls, text: str) -> "Policy":
        """Read a policy; raises WrongSignature."""
        policy = cls()
        for line in text.split("\n"):
            words = line.split()
            if words and not words[0].startswith("#"):
                policy._take(words)
        if not policy.logs or not policy.quorum:
            raise WrongSignature("a policy names a log and a quorum")
        return policy

    @classmethod
    def of_key(cls, text: str) -> "Policy":
        """Return the policy that believes one log key and asks for no witness; raises WrongSignature."""
        return cls.parse("".join(f"log {line}\n" for line in text.split()) + "quorum none\n")

    def _take(self, words: list[str]) -> None:
        match words:
            case ["log", vkey, *_]:
                self.logs.append(Key.parse(vkey, type=ED25519))
            case ["witness", name, vkey, *_]:
                self.witnesses[self._new(name)] = Key.parse(vkey, type=COSIGNATURE)
            case ["group", name, needed, *members] if members and all(map(self._knows, members)):
                count = {"any": 1, "all": len(members)}.get(needed) or _small_number(needed)
                if not 1 <= count <= len(members) or len(set(members)) != len(members):
                    raise WrongSignature("a group of the policy can never agree, or counts a member twice")
                self.groups[self._new(name)] = (count, members)
            case ["quorum", name] if not self.quorum and (name == "none" or self._knows(name)):
                self.quorum = name
            case _:
                raise WrongSignature(f"a line of the policy cannot be read: {' '.join(words)[:80]!r}")

    def _knows(self, name: str) -> bool:
        return name in self.witnesses or name in self.groups

    def _new(self, name: str) -> str:
        if name == "none" or self._knows(name):
            raise WrongSignature(f"the policy names {name[:40]} twice")
        return name

    def open(self, note: str) -> Head:
        """Return what a note says and which keys signed; raises WrongSignature."""
        try:
            text, signatures = _taken_apart(note)
            origin, size, root = _checkpoint(text)
        except Unreadable as error:
            raise WrongSignature(str(error)) from None
        known = [*(key for key in self.logs if key.name == origin), *self.witnesses.values()]
        signed = frozenset(key for key in known if _has_signed(key, signatures, text))
        if not any(key.type == ED25519 for key in signed):
            raise WrongSignature("not signed by a pinned key of the log")
        return Head(origin, size, root, signed)

    def is_witnessed(self, head: Head) -> bool:
        """Return whether the witnesses asked for have cosigned."""
        return self._holds(
            self.quorum, {name for name, key in self.witnesses.items() if key in head.signed_by}
        )

    def _holds(self, name: str, agreed: set[str]) -> bool:
        if name == "none" or name in self.witnesses:
            return name == "none" or name in agreed
        count, members = self.groups[name]
        return sum(self._holds(member, agreed) for member in members) >= count


class Tree:
    """The RFC 9162 tree over the leaves so far: the roots of its complete subtrees, by height."""

    def __init__(self) -> None:
        self.size = 0
        self._subtrees: dict[int, bytes] = {}

    def extend(self, hashes: bytes) -> None:
        """Add leaf hashes, which follow each other."""
        start, height, sha256 = self.size, 0, hashlib.sha256
        self.size += len(hashes) // _HASH
        while hashes:
            if start & 1:
                hashes = self._subtrees.pop(height) + hashes
            if len(hashes) % (2 * _HASH):
                self._subtrees[height] = hashes[-_HASH:]
            pairs = range(0, len(hashes) - _HASH, 2 * _HASH)
            hashes = b"".join([sha256(b"\x01" + hashes[at : at + 2 * _HASH]).digest() for at in pairs])
            start, height = start >> 1, height + 1

    def root(self) -> bytes:
        """Return the root."""
        if not self.size:
            return hashlib.sha256(b"").digest()
        smallest, *larger = sorted(self._subtrees)
        root = self._subtrees[smallest]
        for height in larger:
            root = hashlib.sha256(b"\x01" + self._subtrees[height] + root).digest()
        return root


class Checker:
    """Reads an export line by line, keeping only what later lines are compared with."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.report = Report()
        self.origin = policy.logs[0].name
        self._tree = Tree()
        self._hashes = bytearray()  # of leaves the tree has not got yet
        self._size = self._lines = 0
        self._last_head = self._newest_witnessed = 0
        self._awaited: dict[int, list[tuple[bytes, str]]] = defaultdict(list)  # heads from elsewhere, by size
        self._seen: set[int] = set()  # a keyed 64-bit hash of each event id
        self._waiting: set[int] = set()
        self._lives: dict[bytes, Step] = {}
        self._wanted: dict[bytes, dict[int, bytes]] = {}  # events of the kinds that make ledger entries
        self._ledgers: dict[str, list[bytes]] = {}
        self._entries: dict[str, set[int]] = defaultdict(set)
        self._end: int | None = None
        self._began: dict[Key, int] = {}
        self._ended: dict[Key, int] = {}

    def expect(self, note: str, where: str) -> None:
        """Take a head from elsewhere, before the export is read: the log must contain it."""
        try:
            self._expect(self.policy.open(note), where)
        except WrongSignature as error:
            self.report.add(SIGNATURE, f"{where}: {error}")

    def read(self, lines: Iterable[bytes]) -> Report:
        """Return what a whole export shows."""
        lines = iter(lines)
        while some := list(itertools.islice(lines, _LINES_AT_ONCE)):
            self.take(some)
        return self.finish()

    def take(self, lines: list[bytes]) -> None:
        """Take the next lines, without their ends; what cannot be read is a finding."""
        self.take_runs(read_ahead(lines, self._wanted), lambda: lines)

    def take_runs(self, runs: Iterable[Run], lines: Callable[[], list[bytes]]) -> None:
        """Take what was read ahead of lines: at once, or line by line where there is anything to say."""
        start = 0
        for count, leaves in runs:
            end = start + count
            if leaves is None or not self._took_at_once(leaves):
                for number, line in enumerate(lines()[start:end], self._lines + 1):
                    self.take_safely(number, line)
            self._lines += count
            start = end

    def kinds_wanted(self) -> list[bytes]:
        """Return the kinds of events that make ledger entries, as the first line names them."""
        return list(self._wanted)

    def take_safely(self, number: int, line: bytes) -> None:
        """Take one line by itself."""
        take = self._take_leaf if _is_leaf(line) else self._take_other
        try:
            take(line)
        except WrongSignature as error:
            self.report.add(SIGNATURE, f"line {number}: {error}")
        except _NOT_READ as error:
            self.report.add(ALTERED, f"line {number} cannot be read: {str(error)[:120]}")

    def take_ledger(self, lines: Iterable[bytes]) -> None:
        """Take a ledger's own export, after the log's."""
        for number, line in enumerate(lines, 1):
            if line[:10] == b'{"ledger":':
                self.take_safely(number, line)
            else:
                self.report.add(ALTERED, f"line {number} of the ledger is no ledger line")

    def finish(self) -> Report:
        """Compare what only the end can tell, and return the report."""
        self._flush()
        if self._end is None:
            self.report.add(REORDERED, "the export has no end: it was cut off")
        if self._size != self._last_head:
            self.report.add(REORDERED, f"{self._size} leaves; the last head covers {self._last_head}")
        self._check_ledgers()
        for size in self._awaited:
            self.report.add(FORKED, f"{size} leaves were published, {self._size} are left")
        if self._newest_witnessed < self._size:
            unseen = self._size - self._newest_witnessed
            self.report.add(UNWITNESSED, f"{unseen} leaves are not cosigned as the policy asks, yet")
        self.report.lines_of["leaf"] = self._size
        return self.report

    def _take_other(self, text: bytes) -> None:
        line = _object(text)
        name = next(iter(line), "")
        if name not in LINES:
            raise Unreadable("a line of an unknown kind")
        self.report.lines_of[name] += 1
        getattr(self, f"_take_{name}")(line)

    def _take_format(self, line: dict[str, Any]) -> None:
        if line["format"] != FORMAT:
            raise Unreadable("an export of an unknown format")
        if line["origin"] != self.origin:
            self.report.add(SIGNATURE, "the pinned key is not for this log")
        self._ledgers = {name: [kind.encode() for kind in kinds] for name, kinds in line["ledgers"].items()}
        # Into the same one: whoever reads ahead looks there.
        self._wanted.update({kind: {} for kinds in self._ledgers.values() for kind in kinds})

    def _took_at_once(self, leaves: Leaves) -> bool:
        """Take leaves if nothing is to be said of them after what came before; take none otherwise."""
        known = array("q", leaves.known).tolist()
        if not self._follow(leaves, known):
            return False
        self._size += len(known)
        self._keep(leaves.hashes)
        self._seen.update(known)
        self._lives.update(leaves.lives)
        for kind, events in leaves.wanted.items():
            self._wanted[kind].update(events)
        return True

    def _follow(self, leaves: Leaves, known: list[int]) -> bool:
        """Return whether each event is new, each life goes on, and no head from elsewhere ends there."""
        met = self._lives.keys() & leaves.lives.keys()
        among = range(self._size + 1, self._size + len(known) + 1)
        return (
            self._seen.isdisjoint(known)
            and {name: self._lives[name] for name in met} == leaves.joins
            and self._wanted.keys() == leaves.wanted.keys()
            and not any(size in among for size in self._awaited)
        )

    def _take_leaf(self, line: bytes) -> None:
        """Take `HASH BYTES`: the hash as it is stored, and the leaf's very bytes."""
        if line[_HASH_TEXT : _HASH_TEXT + 1] != b" ":
            raise Unreadable("a line of an unknown kind")
        self._append(line[_HASH_TEXT + 1 :], line[:_HASH_TEXT])

    def _take_leaf_base64(self, line: dict[str, Any]) -> None:
        self._append(_unbase64(line["leaf_base64"]), str(line["hash"]).encode())

    def _append(self, body: bytes, stored: bytes) -> None:
        digest = _hash_of(body)
        if binascii.b2a_base64(digest, newline=False) != stored:
            self.report.add(ALTERED, f"leaf {self._size}: the bytes are not those that were hashed")
        self._size += 1
        self._keep(digest)
        self._note_event(_event_of(body))

    def _keep(self, hashes: bytes) -> None:
        """Keep hashes for the tree, which grows many leaves at a time."""
        self._hashes += hashes
        if len(self._hashes) >= _AT_ONCE * _HASH or self._size in self._awaited:
            self._flush()

    def _flush(self) -> None:
        """Bring the tree up to the last leaf, and compare the heads from elsewhere that end there."""
        hashes, self._hashes = bytes(self._hashes), bytearray()
        self._tree.extend(hashes)
        for root, where in self._awaited.pop(self._size, ()):
            if root != self._tree.root():
                self.report.add(FORKED, f"{where}: its {self._size} leaves are not those of this log")

    def _note_event(self, event: Event) -> None:
        """Follow lives, ledgers and keys through the last leaf."""
        at, event_id, kind, outcome, seq, target, previous, target_type = event
        index, known = self._size - 1, hash(event_id)
        if known in self._seen:
            self.report.add(REORDERED, f"leaf {index}: event {_text(event_id)} stands here a second time")
        self._seen.add(known)
        if seq is not None:
            self._step(target_type + b":" + target, int(seq), event_id, previous)
        if outcome == b"success":
            if kind in self._wanted:
                self._wanted[kind][known] = event_id
            if kind in _REMARKABLE:
                _REMARKABLE[kind](self, index, at, event_id, target)

    def _step(self, name: bytes, seq: int, event_id: bytes, previous: bytes | None) -> None:
        """A life begins with 1, goes on by one, and each step names the one before."""
        last, before = self._lives.get(name, _UNBORN)
        if seq != last + 1:
            self.report.add(INCOMPLETE, f"{_text(name)}: step {last + 1} is missing or doubled, found {seq}")
        elif previous != before:
            self.report.add(INCOMPLETE, f"{_text(name)}: step {seq} does not follow the step before it")
        self._lives[name] = (seq, event_id)

    def _erased(self, index: int, at: bytes, event_id: bytes, target: bytes) -> None:
        self.report.remark(f"{_text(target)}: erased on {_text(at)} by event {_text(event_id)}")

    def _key_added(self, index: int, at: bytes, event_id: bytes, target: bytes) -> None:
        self.report.remark(f"leaf {index} adds the log's key {_text(target)}")
        self._began[Key.parse(_text(target), type=ED25519)] = index

    def _key_retired(self, index: int, at: bytes, event_id: bytes, target: bytes) -> None:
        self.report.remark(f"leaf {index} retires the log's key {_text(target)}")
        self._ended[Key.parse(_text(target), type=ED25519)] = index

    def _open(self, note: str) -> Head:
        """Return a head signed by a key of its time; raises Unreadable, WrongSignature."""
        head = self.policy.open(note)
        if head.origin != self.origin:
            raise WrongSignature(f"a head of another log, {head.origin[:80]}")
        if not any(self._is_of_its_time(key, head.size) for key in head.signed_by if key.type == ED25519):
            raise WrongSignature(
                f"the head of {head.size} leaves is signed by a key before or after its time"
            )
        return head

    def _is_of_its_time(self, key: Key, size: int) -> bool:
        return self._began.get(key, -1) < size <= self._ended.get(key, size)

    def _take_head(self, line: dict[str, Any]) -> None:
        self._flush()
        self._last_head = self._size
        head = self._open(line["note"])
        if head.size != self._size or head.size != line["head"]:
            self._last_head = head.size
            self.report.add(REORDERED, f"the head of {head.size} leaves stands after {self._size} leaves")
        elif head.root != self._tree.root():
            self.report.add(REORDERED, f"the first {head.size} leaves are not those that were signed")

    def _take_witnessed(self, line: dict[str, Any]) -> None:
        self._flush()
        head = self._open(line["witnessed"])
        if not self.policy.is_witnessed(head):
            raise WrongSignature(f"the published head of {head.size} leaves lacks the cosignatures asked for")
        if head.size != self._size:
            code = FORKED if head.size > self._size else REORDERED
            self.report.add(
                code, f"the published head of {head.size} leaves stands after {self._size} leaves"
            )
        elif head.root != self._tree.root():
            self.report.add(FORKED, f"the published head of {head.size} leaves is not one of this log")
        else:
            self._newest_witnessed = head.size

    def _take_published(self, line: dict[str, Any]) -> None:
        self._expect(self.policy.open(line["published"]), "the head kept outside the database")

    def _expect(self, head: Head, where: str) -> None:
        if head.origin != self.origin:
            raise WrongSignature(f"a head of another log, {head.origin[:80]}")
        if head.size < self._size:
            raise Unreadable("a head from elsewhere stands after leaves it may speak of")
        if head.size:
            self._awaited[head.size].append((head.root, where))

    def _take_waiting(self, line: dict[str, Any]) -> None:
        self._waiting.add(hash(str(line["waiting"]).encode()))

    def _take_ledger(self, line: dict[str, Any]) -> None:
        name, entries = line["ledger"], self._entries[line["ledger"]]
        if name not in self._ledgers:
            raise Unreadable("a ledger the first line does not name")
        for event_id in line["events"]:
            known = hash(event_id.encode())
            if known in entries:
                self.report.add(INCOMPLETE, f"{name} has another entry for event {event_id[:40]}")
            if known not in self._seen and known not in self._waiting:
                self.report.add(
                    INCOMPLETE, f"{name} has an entry whose event {event_id[:40]} is not in the log"
                )
            entries.add(known)

    def _check_ledgers(self) -> None:
        for name, kinds in self._ledgers.items():
            missing = [self._wanted[kind].items() for kind in kinds]
            for known, event_id in (item for items in missing for item in items):
                if known not in self._entries[name]:
                    self.report.add(INCOMPLETE, f"event {_text(event_id)} has no entry in {name}")

    def _take_end(self, line: dict[str, Any]) -> None:
        self._end = line["end"]
        if self._end != self._size:
            self.report.add(
                REORDERED, f"the export promises {str(self._end)[:20]} leaves and has {self._size}"
            )


_REMARKABLE: dict[bytes, Callable[..., None]] = {
    b"privacy.erased": Checker._erased,
    b"audit.key_added": Checker._key_added,
    b"audit.key_retired": Checker._key_retired,
}


@dataclass(frozen=True)
class Receipt:
    """A customer's proof (C2SP tlog-proof): the event's bytes, their place, the way to the root, the head."""

    leaf: bytes
    index: int
    path: list[bytes]
    note: str

    @classmethod
    def parse(cls, text: str) -> "Receipt":
        """Read a `.tlog-proof` with the leaf as its extra data; raises Unreadable."""
        top, separator, note = text.partition("\n\n")
        first, extra, index, *path = [*top.split("\n"), "", ""]
        path = path[: len(path) - 2] if len(top.split("\n")) > 2 else []
        if not separator or first != "c2sp.org/tlog-proof@v1" or not extra.startswith("extra "):
            raise Unreadable("not a tlog-proof with the event beside it")
        if not index.startswith("index ") or len(path) > _MOST_STEPS:
            raise Unreadable("not a tlog-proof")
        hashes = [_unbase64(line) for line in path]
        return cls(_unbase64(extra[6:]), _number(index[6:]), hashes, note)

    def leads_to(self, size: int, root: bytes) -> bool:
        """Return whether the path leads from the leaf to the root (RFC 9162, 2.1.3.2)."""
        node, at, last = hashlib.sha256(b"\x00" + self.leaf).digest(), self.index, size - 1
        for sibling in self.path:
            if last <= 0 or len(sibling) != 32:
                return False
            left = at & 1 or at == last
            node = hashlib.sha256(b"\x01" + (sibling + node if left else node + sibling)).digest()
            while left and at and not at & 1:
                at, last = at >> 1, last >> 1
            at, last = at >> 1, last >> 1
        return 0 <= self.index < size and last == 0 and node == root


def check_receipt(text: str, policy: Policy, report: Report, where: str) -> Receipt | None:
    """Check a receipt by itself; return it when its head may be held against an export."""
    try:
        receipt = Receipt.parse(text)
        head = policy.open(receipt.note)
    except WrongSignature as error:
        report.add(SIGNATURE, f"{where}: {error}")
        return None
    except Unreadable as error:
        report.add(ALTERED, f"{where}: {error}")
        return None
    if not receipt.leads_to(head.size, head.root):
        report.add(ALTERED, f"{where}: the event is not under the signed head")
    if not policy.is_witnessed(head):
        report.add(UNWITNESSED, f"{where}: the head lacks the cosignatures the policy asks for")
    report.remark(f"{where}: leaf {receipt.index} of {head.size}: {_text(receipt.leaf)}")
    return receipt


class Reader:
    """A process that reads parts of a file ahead, no farther than a pipe holds, and finds no fault itself."""

    def __init__(self, path: Path, parts: range, kinds: Collection[bytes]) -> None:
        forking = multiprocessing.get_context("fork")  # which gives it the key of hash(), too
        self._pipe, sending = forking.Pipe(duplex=False)
        self.process = forking.Process(target=self._send, args=(path, parts, kinds, sending), daemon=True)
        self.process.start()
        sending.close()  # so that the pipe ends when the reader does

    @staticmethod
    def _send(path: Path, parts: range, kinds: Collection[bytes], pipe: Any) -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            with path.open("rb") as file:
                for start in parts:
                    runs = read_ahead(_lines_from(file, start), kinds)
                    pipe.send_bytes(
                        marshal.dumps([(count, leaves and tuple(leaves)) for count, leaves in runs])
                    )
        except (OSError, MemoryError):
            return  # the pipe ends too early, which the other end tells

    def next(self) -> list[Run]:
        """Return the runs of the next part; raises CutShort when the process is gone."""
        try:
            sent = self._pipe.recv_bytes()
        except (EOFError, OSError):
            raise CutShort("a process that read ahead is gone") from None
        runs = marshal.loads(sent)  # noqa: S302 # nosec B302 - our own fork's
        return [(count, leaves and Leaves(*leaves)) for count, leaves in runs]

    def stop(self) -> None:
        """End the process, whatever it is at."""
        self.process.kill()
        self.process.join()
        self._pipe.close()


def take_file(path: Path, checker: Checker) -> None:
    """Let a checker take a file's parts in order, read ahead if there are many; raises Unreadable, CutShort.

    The first part is read here: it names the kinds of events that make ledger entries.
    """
    parts = _parts_of(path)
    with path.open("rb") as file:
        for start in parts[:1]:
            checker.take(_lines_from(file, start))
        others = parts[1:]
        readers = start_readers(path, others, checker.kinds_wanted()) if len(parts) > _PARTS_ALONE else []
        try:
            for number, start in enumerate(others):
                lines = cache(partial(_lines_from, file, start))
                if readers:
                    checker.take_runs(readers[number % len(readers)].next(), lines)
                else:
                    checker.take(lines())
        finally:
            for reader in readers:
                reader.stop()


def start_readers(path: Path, parts: range, kinds: Collection[bytes]) -> list[Reader]:
    """Return readers that take the parts in turn; none if there is one processor or no process to be had."""
    processors = _processors()
    # One more than processors: it waits to be heard while the others read.
    count = min(processors + 1, _MOST_READERS) if processors > 1 else 0
    readers: list[Reader] = []
    try:
        while len(readers) < count:
            readers.append(Reader(path, parts[len(readers) :: count], kinds))
    except (OSError, ValueError):
        for reader in readers:
            reader.stop()
        return []
    return readers


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def lines_of(path: Path) -> Iterator[bytes]:
    """Yield a file's lines in bounded memory; of a line that is too long, only its beginning."""
    parts = _parts_of(path)
    with path.open("rb") as file:
        for start in parts:
            yield from _lines_from(file, start)


def _parts_of(path: Path) -> range:
    """Return where the parts of a file start; raises Unreadable."""
    _require_file(path)
    return range(0, path.stat().st_size, _PART)


def _lines_from(file: BinaryIO, start: int) -> list[bytes]:
    """Return the lines that begin in the part from here; of one too long, only its beginning."""
    left = _PART
    file.seek(max(start - 1, 0))
    if start:
        left -= len(file.readline(_PART + 1)) - 1  # what ends here began before
    *lines, last = file.read(left).split(b"\n")
    if last:
        lines.append((last + file.readline(_LONGEST_LINE)).removesuffix(b"\n"))
    return lines


def read_ahead(lines: list[bytes], kinds: Collection[bytes]) -> Iterator[Run]:
    """Yield lines in runs: leaves that follow each other, and what does not begin like a leaf."""
    for are_leaves, some in itertools.groupby(lines, _is_leaf):
        run = list(some)
        yield len(run), _read_leaves(run, kinds) if are_leaves else None


def _is_leaf(line: bytes) -> bool:
    return line[:1] != b"{"


def _read_leaves(lines: list[bytes], kinds: Collection[bytes]) -> Leaves | None:
    """Return what leaves say together; None if one is not whole, cannot be read, or is special."""
    b64, hashes = binascii.b2a_base64, [_hash_of(line[_HASH_TEXT + 1 :]) for line in lines]
    if [line[: _HASH_TEXT + 1] for line in lines] != [b64(each, newline=False) + b" " for each in hashes]:
        return None
    try:
        events = _events_of(lines)
    except _NOT_READ:
        return None
    return _together(b"".join(hashes), events, kinds)


def _together(hashes: bytes, events: list[Event], kinds: Collection[bytes]) -> Leaves | None:
    known = array("q", [hash(event[1]) for event in events])
    found = {event[2] for event in events}
    lives = _lives_through(events)
    if lives is None or len(set(known)) < len(known) or not found.isdisjoint(_REMARKABLE):
        return None
    wanted = {kind: _successes(kind, known, events) if kind in found else {} for kind in kinds}
    return Leaves(hashes, known.tobytes(), *lives, wanted)


def _lives_through(events: list[Event]) -> tuple[dict[bytes, Step], dict[bytes, Step]] | None:
    """Return the steps before the first and the last steps of lives; None if one does not go on by itself."""
    joins: dict[bytes, Step] = {}
    lives: dict[bytes, Step] = {}
    for _, event_id, _, _, seq, target, previous, target_type in events:
        if seq is not None:
            name, step = target_type + b":" + target, int(seq)
            before = (step - 1, previous)
            if name not in lives:
                if before != _UNBORN:
                    joins[name] = before
            elif lives[name] != before:
                return None
            lives[name] = (step, event_id)
    return joins, lives


def _successes(kind: bytes, known: Iterable[int], events: list[Event]) -> dict[int, bytes]:
    return {
        number: event[1]
        for number, event in zip(known, events, strict=True)
        if event[2] == kind and event[3] == b"success"
    }


def read_small(path: Path) -> str:
    """Return a small text file; raises Unreadable."""
    _require_file(path)
    with path.open("rb") as file:
        data = file.read(_LARGEST_FILE + 1)
    if len(data) > _LARGEST_FILE:
        raise Unreadable(f"{path.name} is too large")
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise Unreadable(f"{path.name} is not UTF-8") from None


def _require_file(path: Path) -> None:
    """Refuse what is no plain file: a device or a pipe may never end."""
    try:
        if stat.S_ISREG(path.stat().st_mode):
            return
    except (OSError, ValueError):
        pass
    raise Unreadable(f"{path.name} is not a file that can be read")


def _hash_of(leaf: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + leaf).digest()


def _events_of(lines: list[bytes]) -> list[Event]:
    """Return what leaves behind their hashes say, read fast if all can be; raises what _event_of raises."""
    found = [_EVENT.fullmatch(line, _HASH_TEXT + 1) for line in lines]
    if None in found or not _is_flat(b"".join(lines)):
        return [_event_of(line[_HASH_TEXT + 1 :]) for line in lines]
    return [each.groups() for each in found if each]


def _event_of(body: bytes) -> Event:
    """Return an event's parts; raises what _slowly raises."""
    found = _EVENT.fullmatch(body)
    return found.groups() if found and _is_flat(body) else _slowly(body)


def _is_flat(text: bytes) -> bool:
    """Return whether bytes that _EVENT matches have neither a backslash nor a brace opened inside a part.

    Each closing brace is one of the structure and has its opening one: another more is one too many.
    """
    braces = text.translate(None, _NO_BRACES)
    return b"\\" not in text and len(braces) == 2 * braces.count(b"{")


def _slowly(body: bytes) -> Event:
    """Return an event's parts from any JSON: one the bank sealed as raw bytes, or wrote in another way."""
    leaf = _object(body)
    if "event" not in leaf:
        return leaf["at"].encode(), leaf["event_id"].encode(), b"raw", b"", None, b"", None, b""
    event, target = leaf["event"], leaf["event"]["target"]
    seq, previous = target.get("entity_seq"), target.get("previous_event")
    if seq is not None and (type(seq) is not int or not 0 < seq < 10**18):
        raise Unreadable("a step that is no number")
    texts = (leaf["at"], event["event_id"], event["kind"], event["outcome"])
    return (
        *(text.encode() for text in texts), None if seq is None else b"%d" % seq,
        target["id"].encode(), previous.encode() if previous else None, target["type"].encode(),
    )  # fmt: skip


def _object(line: bytes) -> dict[str, Any]:
    value = json.loads(line.decode(), object_pairs_hook=_once)
    if not isinstance(value, dict):
        raise Unreadable("not an object")
    return value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise Unreadable("a name stands twice in an object")
    return value


def _taken_apart(note: str) -> tuple[str, list[tuple[str, bytes, bytes]]]:
    """Return a signed note's text and its signatures, none of them believed yet."""
    body, separator, lines = note.rpartition("\n\n")
    if not separator or not lines.endswith("\n") or re.search(r"[\x00-\x09\x0b-\x1f]", note):
        raise Unreadable("not a signed note")
    written = lines[:-1].split("\n")
    if len(written) > _MOST_SIGNATURES:
        raise Unreadable("a note with too many signatures")
    return f"{body}\n", [_signature(line) for line in written]


def _checkpoint(text: str) -> tuple[str, int, bytes]:
    lines = text[:-1].split("\n")
    if len(lines) < 3 or not all(lines):
        raise Unreadable("not a checkpoint")
    root = _unbase64(lines[2])
    if len(root) != 32:
        raise Unreadable("the root is no SHA-256 hash")
    return lines[0], _number(lines[1]), root


def _signature(line: str) -> tuple[str, bytes, bytes]:
    dash, name, encoded = [*line.split(" "), "", ""][:3]
    data = _unbase64(encoded)
    if dash != "\N{EM DASH}" or not name or line.count(" ") != 2 or len(data) < 5:
        raise Unreadable("not a signature line")
    return name, data[:4], data[4:]


def _has_signed(key: Key, signatures: list[tuple[str, bytes, bytes]], text: str) -> bool:
    own = [signature for name, key_id, signature in signatures if (name, key_id) == (key.name, key.id)]
    for signature in own:
        key.verify(signature, text)
    return bool(own)


def _number(text: str) -> int:
    if not re.fullmatch(r"0|[1-9][0-9]{0,17}", text, re.ASCII):
        raise Unreadable("not a number")
    return int(text)


def _small_number(text: str) -> int:
    return int(text) if re.fullmatch(r"[1-9][0-9]{0,3}", text, re.ASCII) else 0


def _unbase64(text: str) -> bytes:
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError, TypeError):
        raise Unreadable("not base64") from None
    if base64.b64encode(data).decode() != text:
        raise Unreadable("not base64 as it is written")
    return data


def _text(data: bytes) -> str:
    """Return bytes from an export so that no terminal takes them for commands."""
    return data[:2000].decode("utf-8", "replace").encode("ascii", "backslashreplace").decode()


def _read(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Check an export of the audit log, or a receipt.")
    parser.add_argument("export", type=Path, nargs="?")
    trust = parser.add_mutually_exclusive_group(required=True)
    trust.add_argument(
        "--policy", type=Path, help="the pinned keys and the witnesses to ask for (C2SP tlog-policy)"
    )
    trust.add_argument(
        "--key", type=Path, help="the file of the pinned verifier key; no witness is asked for"
    )
    parser.add_argument("--note", type=Path, action="append", default=[], help="a signed head from elsewhere")
    parser.add_argument("--receipt", type=Path, action="append", default=[], help="a customer's .tlog-proof")
    parser.add_argument("--ledger", type=Path, help="the ledger's own export, when the log's has none")
    told = parser.parse_args(arguments)
    if not told.export and not told.receipt:
        parser.error("an export, a receipt or both")
    return told


def _check(told: argparse.Namespace) -> Report:
    policy = Policy.parse(read_small(told.policy)) if told.policy else Policy.of_key(read_small(told.key))
    checker = Checker(policy)
    receipts = [check_receipt(read_small(path), policy, checker.report, path.name) for path in told.receipt]
    if not told.export:
        return checker.report
    for path, receipt in zip(told.receipt, receipts, strict=True):
        checker.expect(receipt.note if receipt else "", path.name)
    for path in told.note:
        checker.expect(read_small(path), path.name)
    take_file(told.export, checker)
    if told.ledger:
        checker.take_ledger(lines_of(told.ledger))
    return checker.finish()


def main(arguments: list[str] | None = None) -> int:
    """Check what the command line names and return the exit code."""
    told = _read(arguments)
    try:
        report = _check(told)
    except WrongSignature as error:
        report = Report({SIGNATURE: [str(error)]})
    except Unreadable as error:
        report = Report({ALTERED: [str(error)]})
    except (CutShort, OSError) as error:
        sys.stderr.write(f"the check was cut short, and says nothing of the log: {error}\n")
        return CUT_SHORT
    sys.stdout.write("\n".join(report.lines()) + "\n")
    return report.code


if __name__ == "__main__":
    gc.disable()  # nothing here makes cycles, and looking for them takes longer the more lives there are
    sys.exit(main())
