"""Asking a witness to cosign (C2SP tlog-witness), within a bounded time. Needs no Django."""

import http.client
from collections.abc import Callable
from urllib.parse import quote, urlsplit

from audit.notes import Note, NoteInvalid
from audit.trust import Witness

PATIENCE_SECONDS = 2.0
_LARGEST_ANSWER = 64 * 1024
_SIZE = "text/x.tlog.size"
_TRIES = 3  # the first may learn the size, and somebody else may submit in between

Prove = Callable[[int], list[str]]  # from an old size to the head submitted, in base64


class WitnessSilent(Exception):
    """The witness could not be reached, or said nothing that can be used."""


class WitnessRefuses(Exception):
    """The witness remembers another history: more leaves than there are now, or different ones."""


def cosignature(witness: Witness, note: str, size: int, prove: Prove, *, known: int) -> str:
    """Return the witness's signature lines over a head; raises WitnessSilent, WitnessRefuses.

    `known` is the size the witness is believed to remember; it says so itself when it remembers another.
    """
    for _ in range(_TRIES):
        status, kind, answer = _submit(witness, note, prove, known)
        if status == http.client.OK:
            return _own_lines(witness, note, answer)
        if status == http.client.UNPROCESSABLE_ENTITY:
            raise WitnessRefuses(f"{witness.name} knows a head that this one does not continue")
        if status != http.client.CONFLICT or kind != _SIZE:
            break
        known = _remembered(witness, answer, known, size)
    raise WitnessSilent(f"{witness.name} answered {status}")


def newest(witness: Witness, origin: str) -> str | None:
    """Return the newest head a witness remembers of a log, None when it knows none; raises WitnessSilent."""
    status, _, answer = _ask(witness, "GET", f"/newest/{quote(origin, safe='')}")
    if status not in (http.client.OK, http.client.NOT_FOUND):
        raise WitnessSilent(f"{witness.name} answered {status}")
    return answer if status == http.client.OK else None


def _submit(witness: Witness, note: str, prove: Prove, old: int) -> tuple[int, str, str]:
    proof = "".join(f"{line}\n" for line in prove(old))
    return _ask(witness, "POST", "/add-checkpoint", f"old {old}\n{proof}\n{note}")


def _ask(witness: Witness, method: str, path: str, body: str = "") -> tuple[int, str, str]:
    url = urlsplit(witness.url)
    secure = url.scheme == "https"
    maker = http.client.HTTPSConnection if secure else http.client.HTTPConnection
    connection = maker(url.hostname or "", url.port, timeout=PATIENCE_SECONDS)
    try:
        connection.request(method, url.path.rstrip("/") + path, body.encode() if body else None)
        answer = connection.getresponse()
        text = answer.read(_LARGEST_ANSWER).decode()
        return answer.status, answer.headers.get("Content-Type", ""), text
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise WitnessSilent(f"{witness.name}: {type(error).__name__}") from error
    finally:
        connection.close()


def _remembered(witness: Witness, answer: str, known: int, size: int) -> int:
    """Return the size the witness names; raises WitnessRefuses when no proof leads from there to our head."""
    text = answer.removesuffix("\n")
    if not (text.isascii() and text.isdigit()) or len(text) > 19:
        raise WitnessSilent(f"{witness.name} named no size")
    if int(text) > size or int(text) == known:
        raise WitnessRefuses(f"{witness.name} remembers {text} leaves, not those of this log")
    return int(text)


def _own_lines(witness: Witness, note: str, answer: str) -> str:
    """Return the lines that are this witness's good cosignatures; those of other keys are passed by."""
    text = Note.parse(note).text
    try:
        lines = [line for line in answer.splitlines(keepends=True) if _is_own(witness, text, line)]
    except NoteInvalid as error:
        raise WitnessSilent(f"{witness.name} answered no cosignature: {error}") from error
    if not lines:
        raise WitnessSilent(f"{witness.name} answered without its signature")
    return "".join(lines)


def _is_own(witness: Witness, text: str, line: str) -> bool:
    return Note.parse(f"{text}\n{line}").is_signed_by(witness.key)
