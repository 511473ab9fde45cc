"""The witness's one decision (C2SP tlog-witness, add-checkpoint): cosign this head, or say why not."""

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus

from audit import merkle
from audit.notes import Head, Note, NoteInvalid, SigningKey, VerifierKey, unbase64
from audit.witness.store import Known, Store, recall, remember

MOST_PROOF_LINES = 63
TEXT, SIZE = "text/plain; charset=utf-8", "text/x.tlog.size"
_OLD = re.compile(r"old (0|[1-9][0-9]{0,18})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Answer:
    """What is answered over HTTP."""

    status: HTTPStatus
    body: str
    content_type: str = TEXT


@dataclass(frozen=True, slots=True)
class Submission:
    """What a log submits: the size it believes we know, the proof from there, and its new head."""

    old: int
    proof: list[bytes]
    note: Note
    head: Head

    @classmethod
    def parse(cls, body: str) -> "Submission":
        """Read the body of add-checkpoint; raises NoteInvalid."""
        first, _, checkpoint = body.partition("\n\n")
        old, *proof = first.split("\n")
        found = _OLD.fullmatch(old)
        if not found or len(proof) > MOST_PROOF_LINES:
            raise NoteInvalid("not a submission")
        hashes = [unbase64(line) for line in proof]
        if any(len(digest) != merkle.HASH_BYTES for digest in hashes):
            raise NoteInvalid("a proof is made of SHA-256 hashes")
        note = Note.parse(checkpoint)
        return cls(int(found[1]), hashes, note, Head.parse(note.text))


class Refused(Exception):
    """The head is not cosigned."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.body)
        self.answer = answer


class Witness:
    """A key, a memory, and the keys of the logs it knows."""

    def __init__(
        self,
        store: Store,
        key: SigningKey,
        log_keys: Callable[[], Sequence[VerifierKey]],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store, self._key, self._log_keys, self._clock = store, key, log_keys, clock

    def add_checkpoint(self, body: str) -> Answer:
        """Cosign a head that continues what is remembered, and remember it first."""
        try:
            submission = Submission.parse(body)
            self._require_signature(submission)
            return Answer(HTTPStatus.OK, self._cosign(submission))
        except NoteInvalid as error:
            return _say(HTTPStatus.BAD_REQUEST, str(error))
        except Refused as refused:
            return refused.answer

    def newest(self, origin: str) -> Answer:
        """Answer the newest cosigned head of a log, for whoever wants to compare."""
        known = self._store.newest(origin)
        return Answer(HTTPStatus.OK, known.note) if known.note else _say(HTTPStatus.NOT_FOUND, "no such log")

    def _require_signature(self, submission: Submission) -> None:
        ours = [key for key in self._log_keys() if key.name == submission.head.origin]
        if not ours:
            raise Refused(_say(HTTPStatus.NOT_FOUND, "a log this witness does not know"))
        try:
            signed = any(list(map(submission.note.is_signed_by, ours)))
        except NoteInvalid:
            signed = False
        if not signed:
            raise Refused(_say(HTTPStatus.FORBIDDEN, "not signed by the log"))
        if submission.old > submission.head.size:
            raise NoteInvalid("the old size is larger than the new")

    def _cosign(self, submission: Submission) -> str:
        head, text = submission.head, submission.note.text
        with self._store.alone() as connection:
            _require_continuation(submission, recall(connection, head.origin))
            line = self._key.cosign(text, int(self._clock()))
            remember(connection, head.origin, Known(head.size, head.root, _whole(submission.note, line)))
        return line


def _require_continuation(submission: Submission, known: Known) -> None:
    head = submission.head
    if submission.old != known.size:
        raise Refused(Answer(HTTPStatus.CONFLICT, f"{known.size}\n", SIZE))
    if known.note and head.size == known.size and head.root != known.root:
        raise Refused(Answer(HTTPStatus.CONFLICT, f"{known.size}\n", SIZE))
    if not _continues(submission, known):
        raise Refused(
            _say(HTTPStatus.UNPROCESSABLE_ENTITY, "the proof does not join this head to the one known")
        )


def _continues(submission: Submission, known: Known) -> bool:
    head = submission.head
    if submission.old == 0:  # nothing known yet, or a head of no leaves: every log begins with it
        return not submission.proof and (head.size > 0 or head.root == merkle.Frontier().root())
    return merkle.verify_consistency(known.size, head.size, known.root, head.root, submission.proof)


def _whole(note: Note, line: str) -> str:
    return f"{note.text}\n{note.lines}{line}"


def _say(status: HTTPStatus, what: str) -> Answer:
    return Answer(status, f"{what}\n")
