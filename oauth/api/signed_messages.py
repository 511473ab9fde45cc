"""Views whose requests an app may sign, or has to, and whose answers the bank then signs (RFC 9421).

    class PaymentList(SignedMessages, APIView): ...

A signed request is kept as evidence before anything is done, its answer before it is sent.
"""

from typing import Any

from django.utils import timezone

from audit.operations import record_attempt
from bank.errors import Unavailable
from bank.observability.context import current
from oauth import client_keys, signing_keys
from oauth.dot import facts
from oauth.errors import SignatureInvalid, SignatureRequired
from oauth.models import Client, SignedMessage
from oauth.operations.evidence import evidence_of, keep_evidence
from oauth.protocol import http_signatures, signed_requests
from oauth.protocol.failures import InvalidClient, TemporarilyUnavailable
from oauth.protocol.http_signatures import Message, SignatureRefused
from oauth.protocol.signed_requests import Signed
from oauth.protocol.structured_fields import written

SIGNED_METHODS = frozenset({"POST"})
BANK_ALGORITHM = "ES256"
LABEL = "bank"


class SignedMessages:
    """Checks the signature of a POST after the caller was let in, and signs what it is answered."""

    exchange: tuple[Message, Signed, SignedMessage] | None = None

    def initial(self, request: Any, *args: Any, **kwargs: Any) -> None:
        """Raise SignatureRequired or SignatureInvalid unless the request is signed as its app has to."""
        super().initial(request, *args, **kwargs)  # type: ignore[misc]
        client: Client | None = getattr(request._request, "oauth_client", None)
        if client is None or request.method not in SIGNED_METHODS:
            return
        if signed_requests.is_claimed(request.META.get("HTTP_SIGNATURE_INPUT", "")):
            self.exchange = _checked(request, client, _message(request._request))
        elif client.require_http_message_signatures:
            _refuse(request, client, SignatureRequired())

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Answer, and sign the answer to a signed request: outermost, so that one repeated is signed anew."""
        response = super().dispatch(request, *args, **kwargs)  # type: ignore[misc]
        if self.exchange:
            if hasattr(response, "render"):
                response.render()
            message, signed, kept = self.exchange
            _sign(response, message, signed, kept, self.request.auth)  # type: ignore[attr-defined]
        return response


def _message(request: Any) -> Message:
    query = request.META.get("QUERY_STRING", "")
    fields = {name.lower(): value for name, value in request.headers.items()}
    url = facts.of_request(request).url
    return Message(request.method, f"{url}?{query}" if query else url, fields=fields)


def _checked(request: Any, client: Client, message: Message) -> tuple[Message, Signed, SignedMessage]:
    try:
        jwks = client_keys.jwks_of(client, kid=signed_requests.key_id(message))
        signed = signed_requests.check_request(message, request._request.body, jwks=jwks, now=timezone.now())
    except (SignatureRefused, InvalidClient) as refused:
        _refuse(request, client, SignatureInvalid(str(refused)))
    except TemporarilyUnavailable as failure:
        raise Unavailable(retry_after_seconds=1) from failure
    evidence = evidence_of(signed.base, signed.signature.value, signed.key)
    return message, signed, keep_evidence(evidence, client_pk=client.pk, by=request.auth)


def _refuse(request: Any, client: Client, error: SignatureRequired | SignatureInvalid) -> Any:
    error.headers = {"Accept-Signature": signed_requests.ASKED_FOR}
    record_attempt("message.refused", by=request.auth, target=("client", client.client_id), reason=error.code)
    raise error


def _sign(response: Any, request: Message, signed: Signed, kept: SignedMessage, by: Any) -> None:
    digest = http_signatures.digest_of(response.content)
    answer = Message(status=response.status_code, fields={"content-digest": digest}, request=request)
    key = signing_keys.signing_key(BANK_ALGORITHM)
    base, value, covered = signed_requests.sign_response(answer, signed, key=key, now=timezone.now())
    told = current().audit_event_id  # the answer names the event of what was done, not of this
    keep_evidence(evidence_of(base, value, key), client_pk=kept.client_id, answers=kept, by=by)
    current().audit_event_id = told
    response["Content-Digest"] = digest
    response["Signature-Input"] = f"{LABEL}={covered}"
    response["Signature"] = f"{LABEL}={written(value)}"
