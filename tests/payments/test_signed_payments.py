"""Payments nobody can deny: signed requests and answers (RFC 9421, FAPI 2.0 HTTP Signatures)."""

import base64
import hashlib
import json
import time
from dataclasses import replace
from io import StringIO
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from joserfc import jwk
from joserfc.jws import JWSRegistry

from oauth import signing_keys
from oauth.models import Client, SignedMessage
from oauth.operations.evidence import open_evidence
from payments.models import Payment
from tests.payments.test_api import Connected, connected
from tests.support import plugin
from tests.support.fapi_client import Reply, algorithm_of, new_key
from tests.support.moments import In, from_now

URL = "https://testserver/v1/payments"
COVERED = ("@method", "@target-uri", "authorization", "dpop", "content-digest")


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def digest(body: bytes) -> str:
    return f"sha-256=:{b64(hashlib.sha256(body).digest())}:"


class Signer:
    """An app that signs, written from RFC 9421; every part of it can be made wrong."""

    def __init__(self, app: Connected) -> None:
        self.app = app
        self.key = app.client.key

    def body(self, **changes: Any) -> bytes:
        order = {
            "debtor_account": self.app.shared.id,
            "creditor_account": self.app.hidden.id,
            "amount": {"amount": "1.00", "currency": "GBP"},
            **changes,
        }
        return json.dumps(order).encode()

    def headers(self, body: bytes, idempotency_key: str | None = None) -> dict[str, str]:
        return {
            "Authorization": f"DPoP {self.app.token}",
            "DPoP": self.app.client.proof("POST", URL, self.app.token),
            "Content-Type": "application/json",
            "Content-Digest": digest(body),
            "Idempotency-Key": idempotency_key or uuid4().hex,
        }

    def sign(
        self,
        headers: dict[str, str],
        covered: tuple[str, ...] = COVERED,
        key: Any = None,
        url: str = URL,
        method: str = "POST",
        **parameters: Any,
    ) -> dict[str, str]:
        """Return Signature-Input and Signature; a parameter given as None is left out."""
        said = {"created": int(time.time()), "keyid": self.key.kid, "tag": "fapi-2-request", **parameters}
        written = "".join(
            f";{name}={value}" if isinstance(value, int) else f';{name}="{value}"'
            for name, value in said.items()
            if value is not None
        )
        there = {name.lower(): value for name, value in headers.items()} | {
            "@method": method,
            "@target-uri": url,
        }
        params = "(" + " ".join(f'"{name}"' for name in covered) + ")" + written
        lines = [f'"{name}": {there.get(name, "")}' for name in covered]
        base = "\n".join([*lines, f'"@signature-params": {params}'])
        signing = key or self.key
        value = JWSRegistry.algorithms[algorithm_of(signing)].sign(base.encode(), signing)
        return {"Signature-Input": f"sig1={params}", "Signature": f"sig1=:{b64(value)}:"}

    def send(self, headers: dict[str, str], body: bytes, path: str = URL) -> Reply:
        return self.app.client.transport.send("POST", path, headers, body)

    def pay(
        self, idempotency_key: str | None = None, changes: dict[str, Any] | None = None, **wrong: Any
    ) -> Reply:
        body = self.body(**(changes or {}))
        headers = self.headers(body, idempotency_key)
        return self.send(headers | self.sign(headers, **wrong), body)


def must_sign(app: Connected) -> Signer:
    Client.objects.filter(client_id=app.client.client_id).update(require_http_message_signatures=True)
    return Signer(app)


@pytest.fixture
def signer(db: None) -> Signer:
    return must_sign(connected())


def paid(signer: Signer) -> int:
    return Payment.objects.filter(debtor_account=signer.app.shared).count()


class TestSignedPayment:
    def test_is_made(self, signer: Signer) -> None:
        answered = signer.pay()
        assert answered.status == 201, answered.text
        assert paid(signer) == 1

    def test_is_demanded_of_an_app_that_has_to(self, signer: Signer) -> None:
        refused = signer.app.pay()
        assert (refused.status, refused.json["code"]) == (400, "signature_required")
        assert 'tag="fapi-2-request"' in refused.headers["Accept-Signature"]
        assert "Signature" not in refused.headers
        assert paid(signer) == 0

    def test_is_not_demanded_of_others_nor_for_reading(self, signer: Signer) -> None:
        assert signer.app.get("/payments").status == 200
        Client.objects.update(require_http_message_signatures=False)
        assert signer.app.pay().status == 201

    def test_is_checked_whenever_it_is_there(self, signer: Signer) -> None:
        Client.objects.update(require_http_message_signatures=False)
        assert signer.pay(key=new_key()).status == 400

    @pytest.mark.parametrize("missing", COVERED)
    def test_must_cover(self, signer: Signer, missing: str) -> None:
        covered = tuple(name for name in COVERED if name != missing)
        refused = signer.pay(covered=covered)
        assert (refused.status, refused.json["code"]) == (400, "signature_invalid")
        assert missing in refused.json["detail"]

    @pytest.mark.parametrize(
        "wrong",
        [
            {"created": None},
            {"created": In(-600)},
            {"created": In(600)},
            {"created": "now"},
            {"expires": In(-1)},
            {"keyid": None},
            {"keyid": "another"},
            {"tag": "fapi-2-response"},
            {"tag": None},
            {"alg": "hmac-sha256"},
            {"url": "https://testserver/v1/payments/"},
            {"url": "https://evil.example/v1/payments"},
            {"method": "PUT"},
            {"covered": (*COVERED, "@method")},
            {"covered": (*COVERED, "x-nowhere")},
        ],
        ids=str,
    )
    def test_is_refused_with(self, signer: Signer, wrong: dict[str, Any]) -> None:
        refused = signer.pay(**from_now(wrong))
        assert (refused.status, refused.json["code"]) in {
            (400, "signature_invalid"),
            (400, "signature_required"),
        }
        assert paid(signer) == 0

    def test_is_refused_from_another_key(self, signer: Signer) -> None:
        assert signer.pay(key=new_key()).status == 400
        assert signer.pay(key=connected().client.key).status == 400
        assert signer.pay(key=signer.app.client.dpop_key).status == 400

    def test_is_refused_for_another_body(self, signer: Signer) -> None:
        body, other = signer.body(), signer.body(amount={"amount": "9.00", "currency": "GBP"})
        headers = signer.headers(body)
        signed = headers | signer.sign(headers)
        assert signer.send(signed, other).status == 400
        headers["Content-Digest"] = signed["Content-Digest"] = digest(other)
        assert signer.send({**signed, "DPoP": signer.headers(other)["DPoP"]}, other).status == 400
        assert paid(signer) == 0

    def test_is_refused_with_another_query(self, signer: Signer) -> None:
        body = signer.body()
        headers = signer.headers(body)
        assert signer.send(headers | signer.sign(headers), body, f"{URL}?x=1").status == 400

    def test_is_refused_a_second_time(self, signer: Signer) -> None:
        body = signer.body()
        headers = signer.headers(body)
        signed = headers | signer.sign(headers)
        assert [signer.send(signed, body).status for _ in range(2)] == [201, 401]
        assert paid(signer) == 1

    @pytest.mark.parametrize("member", ["Signature", "Signature-Input", "Content-Digest"])
    @pytest.mark.parametrize(
        "value", ["", "x", "sig1=", "sig1=::", "sig1=:AAAA:", "sig1=()", "\x80", "a" * 9000]
    )
    def test_survives_hostile_headers(self, signer: Signer, member: str, value: str) -> None:
        body = signer.body()
        headers = signer.headers(body)
        refused = signer.send({**headers, **signer.sign(headers), member: value}, body)
        assert refused.status in {400, 431}
        assert paid(signer) == 0


class TestSignedAnswer:
    def base(self, reply: Reply, sent: dict[str, str]) -> str:
        """Return what the bank says it signed, built from what this side saw."""
        params = reply.headers["Signature-Input"].removeprefix("bank=")
        seen = {
            '"@status"': str(reply.status),
            '"content-digest"': reply.headers["Content-Digest"],
            '"@method";req': "POST",
            '"@target-uri";req': URL,
            '"content-digest";req': sent["Content-Digest"],
            '"signature";req;key="sig1"': sent["Signature"].removeprefix("sig1="),
        }
        covered = params[1 : params.index(")")].split(" ")
        assert sorted(covered) == sorted(seen)
        return "\n".join([*(f"{name}: {seen[name]}" for name in covered), f'"@signature-params": {params}'])

    def send(self, signer: Signer, **changes: Any) -> tuple[Reply, dict[str, str]]:
        body = signer.body(**changes)
        headers = signer.headers(body)
        sent = headers | signer.sign(headers)
        return signer.send(sent, body), sent

    def holds(self, reply: Reply, base: str) -> bool:
        keyid = reply.headers["Signature-Input"].partition('keyid="')[2].partition('"')[0]
        (key,) = [key for key in signing_keys.public_jwks()["keys"] if key["kid"] == keyid]
        value = base64.b64decode(reply.headers["Signature"].removeprefix("bank=:").removesuffix(":"))
        return bool(JWSRegistry.algorithms["ES256"].verify(base.encode(), value, jwk.import_key(key)))

    @pytest.mark.parametrize(
        ("changes", "status"),
        [({}, 201), ({"amount": {"amount": "999.00", "currency": "GBP"}}, 422), ({"amount": "x"}, 400)],
        ids=["made", "refused", "malformed"],
    )
    def test_holds_for_every_outcome(self, signer: Signer, changes: dict[str, Any], status: int) -> None:
        reply, sent = self.send(signer, **changes)
        assert reply.status == status
        assert reply.headers["Content-Digest"] == digest(reply.text.encode())
        assert 'tag="fapi-2-response"' in reply.headers["Signature-Input"]
        assert self.holds(reply, self.base(reply, sent))

    def test_does_not_hold_for_another_status_or_request(self, signer: Signer) -> None:
        reply, sent = self.send(signer)
        base = self.base(reply, sent)
        assert not self.holds(reply, base.replace('"@status": 201', '"@status": 422'))
        assert not self.holds(reply, base.replace(sent["Content-Digest"], digest(b"{}")))

    def test_names_the_event_of_the_payment(self, real_db: None) -> None:
        signer = must_sign(connected())
        plain = connected().pay()
        reply, _ = self.send(signer)
        assert reply.headers["Audit-Event-Id"]
        assert plain.headers["Audit-Event-Id"]
        assert event_kind(reply.headers["Audit-Event-Id"]) == event_kind(plain.headers["Audit-Event-Id"])

    def test_of_a_repeated_request_is_signed_anew(self, signer: Signer) -> None:
        first, again = signer.pay("key-1"), signer.pay("key-1")
        assert again.headers["Idempotency-Replayed"] == "true"
        assert again.headers["Signature"] != first.headers["Signature"]
        assert paid(signer) == 1


def event_kind(event_id: str) -> str:
    with psycopg.connect(plugin.superuser_url()) as outside:
        row = outside.execute("SELECT body FROM audit.outbox WHERE event_id = %s", [event_id]).fetchone()
    assert row
    return str(json.loads(row[0])["kind"])


class TestEvidence:
    def kept(self, signer: Signer) -> tuple[SignedMessage, SignedMessage]:
        client = Client.objects.get(client_id=signer.app.client.client_id)
        asked, answered = SignedMessage.objects.filter(client=client).order_by("id")
        assert answered.answers == asked
        return asked, answered

    def test_is_kept_of_both_sides_and_still_holds(self, signer: Signer) -> None:
        signer.pay()
        for message in self.kept(signer):
            evidence = open_evidence(message)
            assert evidence.holds()
            assert evidence.digest == message.digest
            assert "d" not in evidence.key

    def test_does_not_hold_after_a_change(self, signer: Signer) -> None:
        signer.pay()
        evidence = open_evidence(self.kept(signer)[0])
        assert not replace(evidence, base=evidence.base.replace("POST", "PUT")).holds()
        assert not replace(evidence, key=new_key().as_dict(private=False)).holds()

    def test_is_shown_and_checked_by_a_command(self, signer: Signer) -> None:
        signer.pay()
        asked, _ = self.kept(signer)
        out = StringIO()
        call_command("show_evidence", str(asked.id), stdout=out)
        assert '"@method": POST' in out.getvalue()
        assert "The signature holds." in out.getvalue()
        with pytest.raises(CommandError):
            call_command("show_evidence", str(signer.app.shared.id))

    def test_shows_no_token(self, signer: Signer) -> None:
        signer.pay()
        assert signer.app.token not in str([bytes(message.box) for message in self.kept(signer)])

    def test_is_never_changed_nor_removed(self, signer: Signer) -> None:
        signer.pay()
        for statement in ("UPDATE oauth_signedmessage SET digest = 'x'", "DELETE FROM oauth_signedmessage"):
            with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(statement)

    def test_of_a_refused_request_is_not_kept(self, signer: Signer) -> None:
        signer.pay(key=new_key())
        assert not SignedMessage.objects.filter(client__client_id=signer.app.client.client_id).exists()
