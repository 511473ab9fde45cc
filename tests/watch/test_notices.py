"""Notices: written with the alert, delivered outside, without anybody's name, until it works."""

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from django.core import mail
from django.db import transaction

from bank import outbound
from bank.access.roles import COMPLIANCE
from bank.outbound import CallFailed
from tests.audit.conftest import Log, record_one
from tests.oauth.threads import all_at_once
from tests.support.staff import officer
from tests.watch.conftest import look, one_alert
from watch import operations
from watch.models import Notice
from watch.operations.alerts import raise_alert

SECRET = b"a secret of thirty-two bytes 123"


@pytest.fixture
def told_by_mail(settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.WATCH_MAIL_TO = ["security@bank.example"]
    settings.WATCH_ESCALATION_MAIL_TO = ["head@bank.example"]
    mail.outbox = []


class Receiver(BaseHTTPRequestHandler):
    """Somebody else's server, which keeps what it is sent."""

    taken: list[tuple[Any, bytes]] = []
    status = 200

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        type(self).taken.append((self.headers, body))
        self.send_response(type(self).status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def receiver(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Receiver]]:
    """A real server, on loopback; the rules for addresses are tried in tests/bank/outbound."""
    from urllib.request import Request, urlopen

    server = HTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    Receiver.taken, Receiver.status = [], 200

    def plainly(method: str, url: str, *, body: bytes, headers: dict[str, str]) -> Any:
        try:
            with urlopen(Request(url, body, headers, method=method), timeout=5) as answer:
                return outbound.Answer(answer.status, "", {}, b"")
        except OSError as error:
            raise CallFailed("no") from error

    monkeypatch.setattr(outbound, "call", plainly)
    settings.WATCH_WEBHOOK_URL = f"http://127.0.0.1:{server.server_port}/hook"
    settings.WATCH_WEBHOOK_SECRET = f"whsec_{base64.b64encode(SECRET).decode()}"
    yield Receiver
    server.shutdown()
    server.server_close()


@pytest.mark.usefixtures("told_by_mail")
class TestMail:
    def test_names_the_alert_and_nobody(self, eyes: Log) -> None:
        record_one("token.reuse_detected", outcome="denied", target=("client", "client-of-alice"))
        look()
        assert operations.send_notices() == 1
        (message,) = mail.outbox
        alert = one_alert("credential_reuse")
        assert message.to == ["security@bank.example"]
        assert f"/admin/watch/alert/{alert.id}/change/" in message.body
        assert "docs/runbooks/credential_reuse.md" in message.body
        assert "alice" not in f"{message.subject}{message.body}"
        assert operations.send_notices() == 0

    def test_is_not_sent_of_what_was_undone(self, eyes: Log) -> None:
        with transaction.atomic():
            raise_alert("seal_lag", "log")
            transaction.set_rollback(True)
        assert operations.send_notices() == 0

    def test_is_sent_once_by_ten_senders(self, eyes: Log) -> None:
        raise_alert("seal_lag", "log")
        assert sum(all_at_once(10, operations.send_notices)) == 1
        assert len(mail.outbox) == 1

    def test_is_not_sent_of_low_alerts(self, eyes: Log) -> None:
        raise_alert("rate_limited", "x")
        assert operations.send_notices() == 0

    def test_goes_to_the_next_ones_when_nobody_looks(self, eyes: Log) -> None:
        raise_alert("seal_lag", "log")
        with eyes.superuser() as superuser:
            superuser.execute("UPDATE watch_alert SET look_before = now()")
        operations.remind()
        operations.send_notices()
        assert [message.to for message in mail.outbox] == [["security@bank.example"], ["head@bank.example"]]

    def test_of_an_incident_is_sent_too(self, eyes: Log) -> None:
        operations.open_incident("reported", severity="high", summary="Bob's laptop", by=officer(COMPLIANCE))
        operations.send_notices()
        assert "incident was opened" in mail.outbox[0].subject
        assert "Bob" not in mail.outbox[0].body

    def test_that_fails_is_tried_again_and_given_up_in_the_end(self, eyes: Log, settings: Any) -> None:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
        raise_alert("seal_lag", "log")
        assert operations.send_notices() == 0
        notice = Notice.objects.get()
        assert (notice.status, notice.attempts) == ("DUE", 1)
        assert operations.send_notices() == 0  # not before its pause is over
        assert Notice.objects.get().attempts == 1
        with eyes.superuser() as superuser:
            superuser.execute("UPDATE watch_notice SET attempts = 11, due_at = now()")
        operations.send_notices()
        assert Notice.objects.get().status == "FAILED"
        operations.measure_alarms()
        assert one_alert("notice_failed").key == "mail"


class TestWebhook:
    def test_is_signed_and_names_nobody(self, eyes: Log, receiver: type[Receiver]) -> None:
        alert = raise_alert("log_stopped", "log")
        assert alert is not None
        assert operations.send_notices() == 1
        ((headers, body),) = receiver.taken
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        expected = base64.b64encode(hmac.new(SECRET, signed, hashlib.sha256).digest()).decode()
        assert headers["webhook-signature"] == f"v1,{expected}"
        said = json.loads(body)
        assert (said["type"], said["about"], said["severity"]) == ("alert.raised", alert.id, "critical")
        assert set(said) == {"id", "type", "about", "kind", "severity", "meaning", "runbook", "url"}

    def test_that_is_refused_stays_due(self, eyes: Log, receiver: type[Receiver]) -> None:
        receiver.status = 204
        raise_alert("log_stopped", "log")
        assert operations.send_notices() == 1
        receiver.status = 500
        raise_alert("seal_lag", "log")
        assert operations.send_notices() == 0
        assert Notice.objects.filter(status="DUE").count() == 1
