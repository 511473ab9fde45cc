"""Signed messages: kept, and looked at again in a dispute."""

import base64
import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Any

from django.db import transaction
from joserfc import jwk

from audit.actor import Actor
from audit.operations import record
from bank.crypto import boxes
from bank.crypto.in_force import keys_for
from bank.crypto.places import BoxColumn
from bank.public_ids import decode, encode
from oauth.models import SignedMessage
from oauth.protocol import http_signatures
from oauth.protocol.http_signatures import Signature, SignatureRefused
from oauth.protocol.structured_fields import InnerList

SEALED = BoxColumn(
    "oauth.SignedMessage.box",
    purpose="signed-message/v1",
    table="oauth_signedmessage",
    column="box",
    key="id",
    place_of=lambda key: f"oauth.SignedMessage:{encode('msg', key)}",
)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was signed, the signature in base64, and the public key that made it."""

    base: str
    signature: str
    key: dict[str, Any]

    @property
    def digest(self) -> str:
        """The SHA-256 of all three, in one canonical form."""
        text = json.dumps(asdict(self), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    def holds(self) -> bool:
        """Return whether this key made this signature over these words."""
        signature = Signature("", InnerList(()), base64.b64decode(self.signature))
        try:
            http_signatures.signer_of(signature, self.base, [jwk.import_key(dict(self.key))])
        except SignatureRefused:
            return False
        return True


def evidence_of(base: str, signature: bytes, key: jwk.Key) -> Evidence:
    """Return evidence with the public half of a key."""
    public = {name: value for name, value in key.as_dict(private=False).items() if isinstance(value, str)}
    return Evidence(base, base64.b64encode(signature).decode(), public)


def keep_evidence(
    evidence: Evidence, *, client_pk: int, answers: SignedMessage | None = None, by: Actor
) -> SignedMessage:
    """Keep a signed message, with its digest in the trail, in a transaction of its own."""
    kind = SignedMessage.Kind.RESPONSE if answers else SignedMessage.Kind.REQUEST
    message = SignedMessage(kind=kind, client_id=client_pk, answers=answers, digest=evidence.digest)
    message.box = boxes.seal(
        json.dumps(asdict(evidence)).encode(), keys=keys_for(SEALED.purpose), place=_place(message)
    )
    with transaction.atomic():
        message.save(force_insert=True)
        target = ("signed_message", str(message.id))
        record("message.signed", by=by, target=target, changes={"digest": message.digest})
    return message


def open_evidence(message: SignedMessage) -> Evidence:
    """Return what was kept; raises CannotOpen where it was changed or moved."""
    opened = boxes.unseal(bytes(message.box), keys=keys_for(SEALED.purpose), place=_place(message))
    return Evidence(**json.loads(opened))


def _place(message: SignedMessage) -> str:
    return SEALED.place_of(decode("msg", message.id))
