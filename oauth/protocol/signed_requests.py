"""Signed resource requests and signed answers (FAPI 2.0 HTTP Signatures): nobody can deny either later."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from joserfc import jwk

from oauth.protocol import clock, http_signatures, jose
from oauth.protocol.http_signatures import Message, Signature, SignatureRefused
from oauth.protocol.structured_fields import InnerList, Item

REQUEST_TAG = "fapi-2-request"
RESPONSE_TAG = "fapi-2-response"
OLDEST_SECONDS = 60
ALWAYS_COVERED = frozenset({"@method", "@target-uri", "authorization"})
# What a client that did not sign is asked for (RFC 9421, 5.1).
ASKED_FOR = (
    f'sig=("@method" "@target-uri" "authorization" "dpop" "content-digest");created;keyid;tag="{REQUEST_TAG}"'
)


@dataclass(frozen=True, slots=True)
class Signed:
    """A message whose signature holds: what was signed, the signature, and the key."""

    signature: Signature
    base: str
    key: jwk.Key


def is_claimed(signature_input: str) -> bool:
    """Return whether somebody says that a request is signed in this way."""
    return REQUEST_TAG in signature_input


def check_request(message: Message, body: bytes, *, jwks: object, now: datetime) -> Signed:
    """Return the signature of a request after everything about it was checked; raises SignatureRefused."""
    signature = http_signatures.find(message, REQUEST_TAG)
    _check_coverage(message, body, signature)
    _check_times(signature.parameters, now)
    if body:
        http_signatures.check_digest(message.fields.get("content-digest", ""), body)
    base = http_signatures.base_of(message, signature.covered)
    keyid = signature.parameters.get("keyid")
    keys = [key for key in jose.public_keys(jwks) if key.kid == keyid]
    return Signed(signature, base, http_signatures.signer_of(signature, base, keys))


def key_id(message: Message) -> object:
    """Return the key a request says it is signed with; raises SignatureRefused."""
    found = http_signatures.find(message, REQUEST_TAG).parameters.get("keyid")
    if not isinstance(found, str) or not found:
        raise SignatureRefused("keyid must name the key of the client's JWK Set (kid).")
    return found


def sign_response(
    response: Message, request: Signed, *, key: jwk.Key, now: datetime
) -> tuple[str, bytes, InnerList]:
    """Return base, signature and coverage of an answer, bound to the request it answers (RFC 9421, 2.4)."""
    covered = InnerList(
        (
            Item("@status"),
            Item("content-digest"),
            Item("@method", {"req": True}),
            Item("@target-uri", {"req": True}),
            *_of_the_request(response),
            Item("signature", {"req": True, "key": request.signature.label}),
        ),
        {"created": int(now.timestamp()), "keyid": str(key.kid), "tag": RESPONSE_TAG},
    )
    base, value = http_signatures.sign(response, covered, key)
    return base, value, covered


def _of_the_request(response: Message) -> tuple[Item, ...]:
    there = response.request.fields if response.request else {}
    return tuple(Item(name, {"req": True}) for name in ("content-digest",) if name in there)


def _check_coverage(message: Message, body: bytes, signature: Signature) -> None:
    needed = set(ALWAYS_COVERED)
    needed |= {"content-digest"} if body else set()
    needed |= {"dpop"} if "dpop" in message.fields else set()
    missing = sorted(needed - signature.plain_components)
    if missing:
        raise SignatureRefused(f"The signature must cover {', '.join(missing)} as well.")


def _check_times(parameters: Mapping[str, object], now: datetime) -> None:
    created = clock.number(parameters.get("created"))
    if created is None or clock.begins_too_late(created, now) or created < now.timestamp() - OLDEST_SECONDS:
        raise SignatureRefused("created must be there, and just now.")
    if "expires" in parameters and clock.is_over(parameters["expires"], now):
        raise SignatureRefused("The signature has expired.")
