"""A statement as a file: its name, its type, its digest, and pieces worth sending."""

import base64
from collections.abc import Iterator

from accounts.models import Statement
from accounts.statements import FORMS

PIECE_BYTES = 16_384
# What stands at the end of an address → the form.
FORM_OF = {form.extension: form.name for form in FORMS.values()}


def headers_of(statement: Statement, form: str) -> dict[str, str]:
    """Return the headers of a form; the digest is the one it has had since it was made (RFC 9530)."""
    chosen = FORMS[form]
    digest = base64.b64encode(bytes.fromhex(statement.sha256[form])).decode()
    name = f"statement-{statement.begins_on}.{chosen.extension}"
    return {
        "Content-Type": chosen.media_type + ("; charset=utf-8" if form == "csv" else ""),
        "Content-Disposition": f'attachment; filename="{name}"',
        "Repr-Digest": f"sha-256=:{digest}:",
        "Cache-Control": "no-store",
    }


def buffered(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Yield fewer, larger pieces: each costs the server a write."""
    waiting = bytearray()
    for piece in pieces:
        waiting += piece
        if len(waiting) >= PIECE_BYTES:
            yield bytes(waiting)
            waiting.clear()
    yield bytes(waiting)
