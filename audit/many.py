"""Many like events at once: what they have in common is written once.

Each is a leaf of its own, with a salt and commitments of its own, byte for byte as `record` would write it.
Their openings lie together, a thousand to a box.
"""

import re
import secrets
from collections.abc import Mapping, Sequence
from typing import NamedTuple
from uuid import UUID, uuid4

from django.conf import settings
from django.db import DatabaseError

from audit import commitments, tags, unrecorded
from audit.actor import Actor
from audit.events import Event, committed_text
from audit.kinds import kind as kind_named
from audit.operations import OPENINGS, require_transaction
from bank import json_text
from bank.crypto import boxes
from bank.crypto.in_force import keys_for
from bank.database.copying import copy_packed, packed
from bank.observability.context import current
from bank.observability.glass_box import acts

OPENED_TOGETHER = 1_000
Changes = Mapping[str, str | int]


class Recorded(NamedTuple):
    """One of many events, the first of its target's life: of what kind, about what, and how it ended."""

    kind: str
    target: tuple[str, str]  # its id is one of ours
    event_id: UUID
    outcome: str = "success"
    reason: str = ""
    changes: Changes = {}  # what no other of them has
    counted: Mapping[str, str] = {}  # as `record` has it


class Composed(NamedTuple):
    """Events as the exact bytes that are kept, and the one row that opens them, packed for `write_all`."""

    leaves: bytes
    opening: bytes


def record_all(events: Sequence[Recorded], *, by: Actor, alike: Changes | None = None) -> None:
    """Add many events to the present transaction, as `record` does; `alike` are the changes all share."""
    write_all(compose_all(events, by=by, alike=alike))


@acts(13, "personal values reach the log as commitments only")
def compose_all(events: Sequence[Recorded], *, by: Actor, alike: Changes | None = None) -> list[Composed]:
    """Return many events ready to be written; until then nothing is recorded."""
    forms = _Forms(events[:1], by, alike or {})
    starts = range(0, len(events), OPENED_TOGETHER)
    return [_composed(events[start : start + OPENED_TOGETHER], forms) for start in starts]


@acts(6, "events written in the transaction of the changes")
def write_all(composed: Sequence[Composed]) -> None:
    """Add composed events to the present transaction."""
    require_transaction()
    if not composed:
        return
    try:
        copy_packed("audit.outbox", ("event_id", "body"), [each.leaves for each in composed])
        copy_packed("audit.opening", ("event_id", "subject", "box"), [each.opening for each in composed])
    except DatabaseError:
        unrecorded.note()
        raise


def _composed(events: Sequence[Recorded], forms: "_Forms") -> Composed:
    written = [forms.written(each) for each in events]
    leaves = packed([(each.id.bytes, each.body) for each in written])
    return Composed(leaves, packed([_box_of(written, forms)]))


_Opening = dict[str, str | dict[str, str]]


class _Written(NamedTuple):
    id: UUID
    name: str  # the id, written
    body: bytes
    opening: _Opening


def _box_of(written: list[_Written], forms: "_Forms") -> tuple[bytes, bytes, bytes]:
    """Return the row that opens these: it stands under the id of the first (see audit/openings.py)."""
    first, events = written[0].id, {each.name: each.opening for each in written}
    content = json_text.written({"shared": forms.shared, "events": events})
    box = boxes.seal(content, keys=keys_for(OPENINGS.purpose), place=OPENINGS.place_of(first))
    return first.bytes, (forms.by.user_id or "").encode(), box


def _tags_in(marks: Mapping[str, str]) -> dict[str, str]:
    return {path.removeprefix("tag."): mark for path, mark in marks.items() if path.startswith("tag.")}


class _Forms:
    """The events of one actor and request; each kind, outcome and reason has a form that is filled in."""

    def __init__(self, first: Sequence[Recorded], by: Actor, alike: Changes) -> None:
        self.by, self.alike, self.context = by, alike, current()
        self.shared = self._event(first[0]).committed_values() if first else {}
        self._framed = commitments.framed_all(self.shared)
        self._forms: dict[tuple[str, ...], tuple[str, list[str]]] = {}

    def written(self, each: Recorded) -> _Written:
        """Return an event as the exact bytes that are kept, and what opens it."""
        texts = {f"change.{name}.after": committed_text(value) for name, value in each.changes.items()}
        own = {path: text for path, text in texts.items() if text}
        name, salt = str(each.event_id), commitments.new_salt()
        framed = {**self._framed, **commitments.framed_all(own)}
        said = commitments.commit_framed(salt, each.event_id, framed)
        said["event_id"], said["target_id"] = name, each.target[1]
        tagged = {f"tag.{name}": tag for name, tag in tags.of(each.counted).items()}
        said |= tagged
        like = (each.kind, each.target[0], each.outcome, each.reason, *own, *tagged)
        text, order = self._forms.get(like) or self._compose(like, each, own, tagged)
        body = text % tuple([said[name] for name in order])
        opening: _Opening = {"salt": commitments.encode(salt), "values": own}
        return _Written(each.event_id, name, body.encode(), opening)

    def _compose(
        self, like: tuple[str, ...], each: Recorded, own: Mapping[str, str], tagged: Mapping[str, str]
    ) -> tuple[str, list[str]]:
        """Write one event with marks where the others differ, and cut it there."""
        marks = {name: secrets.token_hex(16) for name in (*self.shared, *own, *tagged, "target_id")}
        event = self._event(each._replace(target=(each.target[0], marks["target_id"]), event_id=uuid4()))
        names = {mark: name for name, mark in marks.items()} | {str(event.event_id): "event_id"}
        pieces = re.split(f"({'|'.join(names)})", event.written(marks, tagged=_tags_in(marks)).decode())
        text = "%s".join(piece.replace("%", "%%") for piece in pieces[::2])
        self._forms[like] = text, [names[piece] for piece in pieces[1::2]]
        return self._forms[like]

    def _event(self, each: Recorded) -> Event:
        return Event(
            each.event_id, kind_named(each.kind), self.by, each.target, self.context, settings.BUILD,
            outcome=each.outcome, reason=each.reason, changes=self.alike,
        )  # fmt: skip
