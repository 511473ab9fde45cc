"""Publishing: the newest signed head goes to the witnesses; with their cosignatures it is what the bank says.

The bank stays open while a witness is silent: what is sealed waits to be published, and an alarm counts the
seconds. A witness that remembers another history stops the log.
"""

import base64
import contextlib
import fcntl
import logging
from collections.abc import Iterator
from typing import Any

from django.db import connections

from audit import metrics, published, trust
from audit.merkle import consistency_proof
from audit.notes import Head
from audit.tree import StoredTree
from audit.trust import Witness
from audit.witness_client import WitnessRefuses, WitnessSilent, cosignature

logger = logging.getLogger("audit.witnessing")

_NEWEST = """
    SELECT size, note, coalesce((SELECT max(size) FROM audit.witnessed), 0) FROM audit.checkpoint
     ORDER BY size DESC LIMIT 1
"""
_PUBLISH = "INSERT INTO audit.witnessed (size, note) VALUES (%s, %s) ON CONFLICT DO NOTHING"


def publish_newest() -> int | None:
    """Have the newest signed head cosigned, publish it, return its size; None when there is nothing to do."""
    with _alone() as alone:
        found = _newest() if alone else None
        if found is None or found[0] == found[2]:
            return None
        size, note, known = int(found[0]), str(found[1]), int(found[2])
        whole = note + "".join(_cosignatures(note, known))
        if not trust.policy().is_witnessed(whole):
            return None
        with connections["sealer"].cursor() as cursor:
            cursor.execute(_PUBLISH, [size, whole])
        metrics.WITNESSED.inc()
        return size


def _cosignatures(note: str, known: int) -> Iterator[str]:
    policy = trust.policy()
    head = policy.signed(note)
    for witness in policy.witnesses.values():
        if witness.url:
            yield _ask(witness, note, head, known)


def _ask(witness: Witness, note: str, head: Head, known: int) -> str:
    """Return a witness's lines; none while it is silent; stop the log when it refuses."""
    try:
        return cosignature(witness, note, head.size, lambda old: _proof(old, head.size), known=known)
    except WitnessSilent as error:
        metrics.WITNESS_SILENT.inc()
        logger.warning("a witness is silent", extra={"reason": str(error)})
    except WitnessRefuses as error:
        published.stop(str(error))
    return ""


def _proof(old: int, new: int) -> list[str]:
    if not 0 < old < new:
        return []
    proof = StoredTree(connections["sealer"]).answer(lambda node: consistency_proof(old, new, node))
    return [base64.b64encode(digest).decode() for digest in proof]


def _newest() -> Any:
    with connections["sealer"].cursor() as cursor:
        cursor.execute(_NEWEST)
        return cursor.fetchone()


@contextlib.contextmanager
def _alone() -> Iterator[bool]:
    """Yield whether nobody else here asks the witnesses just now: a silent one is waited for once."""
    file = published.path().with_name("witnessing.lock")
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
