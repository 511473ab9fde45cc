"""Deliveries to a real HTTPS server of an app: signed, retried, given up, switched off; one worker each."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from accounts.money import Money
from bank import clock
from bank.database import asking
from events import rules
from events.errors import TooManyWebhookEndpoints, WebhookDeliveryUnderWay, WebhookEndpointDisabled
from events.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from events.operations import deliveries, endpoints
from events.operations.deliveries import deliver_due, redeliver
from oauth.operations import revoke_consent
from tests.bank.outbound.conftest import Serve
from tests.bank.outbound.servers import drips, pours, says
from tests.events.conftest import App, bodies, posted, settle
from tests.oauth.threads import all_at_once
from tests.support.customers import Someone, deposit

OK = says(b"", status="204 No Content")


@pytest.fixture(autouse=True)
def _quiet(real_db: None) -> None:
    """What other tests left waiting is not this one's."""
    WebhookEndpoint.objects.filter(status="ENABLED").update(status="DISABLED", disabled_reason="tests")


def ring(app: App, endpoint: WebhookEndpoint) -> WebhookDelivery:
    return endpoints.test_endpoint(endpoint.id, by=app.actor)


def again(delivery: WebhookDelivery) -> WebhookDelivery:
    return WebhookDelivery.objects.get(id=delivery.id)


def hurry() -> None:
    """Make everything that waits due now."""
    WebhookDelivery.objects.filter(status="PENDING").update(next_at=clock.now())


class TestMessage:
    def test_is_verified_by_another_implementation(self, app: App, serve: Serve, alice: Someone) -> None:
        server = serve(OK)
        endpoint, account = app.endpoint(server), alice.account()
        app.shares(alice, account)
        deposit(account.id, Money(1250, "GBP"))
        settle()
        assert deliver_due() == 1
        (headers, body), (event,) = posted(server)[0], app.events()
        assert Webhook(endpoint.secret).verify(body, headers) == json.loads(body)
        assert headers["webhook-id"] == event.id
        said = json.loads(body)
        assert (said["type"], said["number"]) == ("transaction.booked", 1)
        assert said["data"]["amount"] == {"amount": "12.50", "currency": "GBP"}

    def test_is_refused_there_when_a_byte_was_changed(self, app: App, serve: Serve) -> None:
        server = serve(OK)
        endpoint = app.endpoint(server)
        ring(app, endpoint)
        deliver_due()
        headers, body = posted(server)[0]
        with pytest.raises(WebhookVerificationError):
            Webhook(endpoint.secret).verify(body.replace("tested", "testes"), headers)

    def test_is_kept_exactly_as_it_was_signed(self, app: App, serve: Serve) -> None:
        server = serve(says(b'{"thank":"you"}'))
        delivery = ring(app, app.endpoint(server))
        deliver_due()
        (attempt,) = WebhookAttempt.objects.filter(delivery=delivery)
        headers, body = posted(server)[0]
        assert attempt.signed == f"{headers['webhook-id']}.{headers['webhook-timestamp']}.{body}"
        assert attempt.signature == headers["webhook-signature"]
        assert (attempt.http_status, attempt.answer) == (200, '{"thank":"you"}')
        assert attempt.milliseconds is not None

    def test_is_only_of_types_the_endpoint_asked_for(self, app: App, serve: Serve, alice: Someone) -> None:
        money, consents = serve(OK), serve(OK)
        app.endpoint(money, event_types=["transaction.booked"])
        app.endpoint(consents, event_types=["consent.revoked"])
        account = alice.account()
        shared = app.shares(alice, account)
        deposit(account.id, Money(1, "GBP"))
        settle()
        revoke_consent(shared.consent_id, by=alice.actor)
        settle()
        deliver_due()
        assert [body["type"] for body in bodies(consents)] == ["consent.revoked"]
        assert bodies(money) == []

    def test_is_not_sent_to_others(self, app: App, rival: App, serve: Serve, alice: Someone) -> None:
        mine, theirs = serve(OK), serve(OK)
        app.endpoint(mine)
        rival.endpoint(theirs)
        account = alice.account()
        app.shares(alice, account)
        deposit(account.id, Money(1, "GBP"))
        settle()
        deliver_due()
        assert (len(mine.heads), theirs.connections) == (1, 0)


class TestRotation:
    def test_signs_with_both_secrets_for_a_day(self, app: App, serve: Serve) -> None:
        server = serve(OK)
        old = app.endpoint(server)
        new = endpoints.rotate_secret(old.id, by=app.actor)
        ring(app, new)
        deliver_due()
        headers, body = posted(server)[0]
        assert Webhook(old.secret).verify(body, headers) == Webhook(new.secret).verify(body, headers)
        WebhookEndpoint.objects.filter(id=new.id).update(previous_secret_until=clock.now())
        ring(app, new)
        deliver_due()
        headers, body = posted(server)[1]
        Webhook(new.secret).verify(body, headers)
        with pytest.raises(WebhookVerificationError):
            Webhook(old.secret).verify(body, headers)

    def test_during_a_delivery_leaves_it_verifiable(self, app: App, serve: Serve) -> None:
        rotated: list[WebhookEndpoint] = []

        def behaviour(line: Any, head: bytes) -> None:
            rotated.append(endpoints.rotate_secret(endpoint.id, by=app.actor))
            connection.close()
            OK(line, head)

        server = serve(behaviour)
        endpoint = app.endpoint(server)
        delivery = ring(app, endpoint)
        deliver_due()
        headers, body = posted(server)[0]
        Webhook(endpoint.secret).verify(body, headers)
        assert rotated[0].previous_secret == endpoint.secret
        assert again(delivery).status == "DELIVERED"

    def test_keeps_no_secret_in_clear(self, app: App) -> None:
        endpoint = app.endpoint()
        with connection.cursor() as cursor:
            cursor.execute("SELECT secret FROM events_webhookendpoint WHERE client_id = %s", [app.row.pk])
            kept = bytes(cursor.fetchone()[0])
        assert endpoint.secret.removeprefix("whsec_").encode() not in kept


class TestFailures:
    @pytest.mark.parametrize(
        ("behaviour", "problem"),
        [
            (says(b"", status="500 Oh"), ""),
            (says(b"", status="302 Found", Location="https://127.0.0.1/"), "redirects"),
            (pours(4_000_000, announced=False), "too long"),
            (lambda line, head: None, "could not be reached"),
        ],
        ids=["error", "redirect", "huge", "closing"],
    )
    def test_are_noted_and_tried_again_later(
        self, app: App, serve: Serve, behaviour: Any, problem: str
    ) -> None:
        server = serve(behaviour)
        delivery = ring(app, app.endpoint(server))
        assert (deliver_due(), deliver_due()) == (1, 0)
        (attempt,) = WebhookAttempt.objects.filter(delivery=delivery)
        assert problem in attempt.problem
        kept = again(delivery)
        assert (kept.status, kept.attempts) == ("PENDING", 1)
        pause = (kept.next_at - clock.now()).total_seconds()  # type: ignore[operator]
        assert 6 < pause <= 12

    def test_of_a_slow_server_end_in_time(self, app: App, serve: Serve, monkeypatch: Any) -> None:
        monkeypatch.setattr(deliveries, "LIMITS", deliveries.Limits(seconds=0.5, answer_bytes=1024))
        delivery = ring(app, app.endpoint(serve(drips(b"HTTP/1.1 200 OK\r\n", seconds=5))))
        began = time.monotonic()
        deliver_due()
        assert time.monotonic() - began < 4
        assert "in time" in WebhookAttempt.objects.get(delivery=delivery).problem

    def test_of_one_endpoint_do_not_hold_up_another(self, app: App, serve: Serve, monkeypatch: Any) -> None:
        monkeypatch.setattr(deliveries, "LIMITS", deliveries.Limits(seconds=0.5, answer_bytes=1024))
        slow, good = app.endpoint(serve(drips(b"", seconds=5))), app.endpoint(serve(OK))
        ring(app, slow)
        ring(app, good)
        assert deliver_due() == 2
        assert good.deliveries.get().status == "DELIVERED"

    @pytest.mark.parametrize("step", ["_settle", "body_of"])
    def test_of_the_bank_with_one_do_not_hold_up_another(
        self, app: App, serve: Serve, monkeypatch: pytest.MonkeyPatch, step: str
    ) -> None:
        failing, good = (ring(app, app.endpoint(serve(OK))) for _ in range(2))
        do = getattr(deliveries, step)

        def refused(of: Any, *said: Any) -> Any:
            event = of if step == "body_of" else of.delivery.event
            if event.id == failing.event_id:
                asking.execute("SELECT 1 / 0")
            return do(of, *said)

        monkeypatch.setattr(deliveries, step, refused)
        deliver_due()
        assert (again(failing).status, again(good).status) == ("PENDING", "DELIVERED")

    def test_of_many_busy_endpoints_hold_up_no_other(
        self, app: App, rival: App, serve: Serve, monkeypatch: Any
    ) -> None:
        monkeypatch.setattr(deliveries, "AT_ONCE", 3)
        server = serve(OK)
        endpoints_of_all = [each.endpoint(server) for each in (app, rival) for _ in range(3)]
        for endpoint in endpoints_of_all:
            for _ in range(3):
                ring(app if endpoint.client_id == app.row.pk else rival, endpoint)
        assert (deliver_due(), deliver_due()) == (3, 3)
        done = WebhookDelivery.objects.filter(endpoint__in=endpoints_of_all, status="DELIVERED")
        assert len(set(done.values_list("endpoint", flat=True))) == 6

    def test_leave_no_card_number_in_the_log(self, app: App, serve: Serve) -> None:
        delivery = ring(app, app.endpoint(serve(says(b"paid with 4242 4242 4242 4242"))))
        deliver_due()
        assert WebhookAttempt.objects.get(delivery=delivery).answer == "paid with •••• 4242"

    def test_are_given_up_some_day_and_can_be_asked_for_anew(self, app: App, serve: Serve) -> None:
        server = serve(says(b"", status="500 Oh"))
        endpoint = app.endpoint(server)
        delivery = ring(app, endpoint)
        for _ in range(rules.MOST_ATTEMPTS + 2):
            hurry()
            deliver_due()
        assert (again(delivery).status, len(server.heads)) == ("FAILED", rules.MOST_ATTEMPTS)
        server.behaviour = OK
        redeliver(endpoint.id, delivery.id, by=app.actor)
        deliver_due()
        assert again(delivery).status == "DELIVERED"
        assert {headers["webhook-id"] for headers, _ in posted(server)} == {delivery.event_id}
        numbers = WebhookAttempt.objects.filter(delivery=delivery).order_by("number")
        assert [attempt.number for attempt in numbers] == list(range(1, rules.MOST_ATTEMPTS + 2))


class TestSwitchingOff:
    def test_comes_after_three_days_of_failures_and_is_told(self, app: App, serve: Serve) -> None:
        server = serve(says(b"", status="500 Oh"))
        endpoint = app.endpoint(server)
        delivery = ring(app, endpoint)
        deliver_due()
        WebhookEndpoint.objects.filter(id=endpoint.id).update(
            failures=rules.FEWEST_FAILURES - 1, failing_since=clock.now() - rules.SWITCH_OFF_AFTER
        )
        hurry()
        deliver_due()
        off = WebhookEndpoint.objects.get(id=endpoint.id)
        assert (off.status, off.disabled_reason) == ("DISABLED", "failed_too_long")
        hurry()
        assert deliver_due() == 0
        assert again(delivery).status == "PENDING"
        settle()
        (told,) = app.events(of="webhook_endpoint.disabled")
        assert told.data == {"webhook_endpoint": endpoint.id, "reason": "failed_too_long"}

    def test_comes_at_once_when_the_address_is_gone_and_the_developer_gets_a_mail(
        self, app: App, serve: Serve, alice: Someone, mailoutbox: Any
    ) -> None:
        app.row.user = alice.user
        app.row.save()
        endpoint = app.endpoint(serve(says(b"", status="410 Gone")))
        ring(app, endpoint)
        deliver_due()
        assert WebhookEndpoint.objects.get(id=endpoint.id).disabled_reason == "gone"
        (mail,) = mailoutbox
        assert mail.to[0].endswith("@mail.example")
        assert endpoint.id in mail.body

    def test_is_undone_by_the_app_and_what_waited_goes_out(self, app: App, serve: Serve) -> None:
        server = serve(says(b"", status="410 Gone"))
        endpoint = app.endpoint(server)
        delivery = ring(app, endpoint)
        deliver_due()
        with pytest.raises(WebhookEndpointDisabled):
            redeliver(endpoint.id, delivery.id, by=app.actor)
        server.behaviour = OK
        endpoints.change_endpoint(endpoint.id, {"status": "ENABLED"}, by=app.actor)
        hurry()
        deliver_due()
        assert again(delivery).status == "DELIVERED"

    def test_is_never_for_one_bad_day(self, app: App, serve: Serve) -> None:
        server = serve(says(b"", status="500 Oh"))
        endpoint = app.endpoint(server)
        ring(app, endpoint)
        deliver_due()
        server.behaviour = OK
        hurry()
        deliver_due()
        kept = WebhookEndpoint.objects.get(id=endpoint.id)
        assert (kept.failures, kept.failing_since, kept.status) == (0, None, "ENABLED")


class TestEndedConsent:
    def test_takes_back_what_waits(self, app: App, serve: Serve, alice: Someone) -> None:
        server = serve(says(b"", status="500 Oh"))
        endpoint, account = app.endpoint(server, event_types=["transaction.booked"]), alice.account()
        shared = app.shares(alice, account)
        deposit(account.id, Money(1, "GBP"))
        settle()
        deliver_due()
        revoke_consent(shared.consent_id, by=alice.actor)
        hurry()
        assert deliver_due() == 0
        assert endpoint.deliveries.get().status == "CANCELLED"
        assert len(server.heads) == 1


class TestTarget:
    def test_is_looked_at_again_at_each_delivery(self, app: App, serve: Serve, trusted: Any) -> None:
        """A name that led outside at first and leads inside now (DNS rebinding) is not called."""
        server = serve(OK)
        delivery = ring(app, app.endpoint(server))
        trusted.OUTBOUND_LOOPBACK_HOSTS = []
        deliver_due()
        assert server.connections == 0
        assert "does not call" in WebhookAttempt.objects.get(delivery=delivery).problem


class TestRaces:
    def test_of_two_workers_one_delivers(self, app: App, serve: Serve) -> None:
        server = serve(slowly(OK))
        delivery = ring(app, app.endpoint(server))
        assert sorted(all_at_once(4, deliver_due)) == [0, 0, 0, 1]
        assert (len(server.heads), again(delivery).status) == (1, "DELIVERED")

    def test_an_endpoint_is_called_by_one_worker_at_a_time(self, app: App, serve: Serve) -> None:
        at_once, most, lock = [0], [0], threading.Lock()

        def behaviour(line: Any, head: bytes) -> None:
            with lock:
                at_once[0] += 1
                most[0] = max(most[0], at_once[0])
            time.sleep(0.1)
            with lock:
                at_once[0] -= 1
            OK(line, head)

        server = serve(behaviour)
        endpoint = app.endpoint(server)
        for _ in range(6):
            ring(app, endpoint)
        while deliver_rounds():
            pass
        assert (len(server.heads), most[0]) == (6, 1)

    def test_redelivering_while_it_is_tried_waits(self, app: App, serve: Serve) -> None:
        refused: list[bool] = []

        def behaviour(line: Any, head: bytes) -> None:
            try:
                redeliver(endpoint.id, delivery.id, by=app.actor)
            except WebhookDeliveryUnderWay:
                refused.append(True)
            connection.close()
            says(b"", status="500 Oh")(line, head)

        server = serve(behaviour)
        endpoint = app.endpoint(server)
        delivery = ring(app, endpoint)
        deliver_due()
        assert refused == [True]

    def test_redelivering_twenty_times_at_once_sends_once_more(self, app: App, serve: Serve) -> None:
        server = serve(OK)
        endpoint = app.endpoint(server)
        delivery = ring(app, endpoint)
        deliver_due()

        def ask() -> bool:
            try:
                return bool(redeliver(endpoint.id, delivery.id, by=app.actor))
            except WebhookDeliveryUnderWay:
                return False

        assert sum(all_at_once(20, ask)) == 1
        while deliver_due():
            pass
        assert len(server.heads) == 2

    def test_taking_the_endpoint_away_meanwhile_breaks_nothing(self, app: App, serve: Serve) -> None:
        def behaviour(line: Any, head: bytes) -> None:
            endpoints.remove_endpoint(endpoint.id, by=app.actor)
            connection.close()
            OK(line, head)

        endpoint = app.endpoint(serve(behaviour))
        ring(app, endpoint)
        assert deliver_due() == 1
        assert not WebhookEndpoint.objects.filter(id=endpoint.id).exists()

    def test_five_endpoints_stay_five(self, app: App) -> None:
        def add() -> bool:
            try:
                return bool(app.endpoint())
            except TooManyWebhookEndpoints:
                return False

        assert sum(all_at_once(12, add)) == endpoints.MOST_ENDPOINTS


class TestWorkers:
    def test_one_that_is_killed_in_the_middle_leaves_it_to_another(self, app: App, serve: Serve) -> None:
        """A real process, killed while the app has the message and has not answered."""
        here, go_on = threading.Event(), threading.Event()

        def behaviour(line: Any, head: bytes) -> None:
            here.set()
            go_on.wait(20)
            OK(line, head)

        server = serve(behaviour)
        delivery = ring(app, app.endpoint(server))
        process = subprocess.Popen([sys.executable, "-c", WORKER], env={**os.environ, **outbound()})
        assert here.wait(20)
        process.send_signal(signal.SIGKILL)
        process.wait(10)
        go_on.set()
        server.behaviour = OK
        assert again(delivery).status == "PENDING"
        hurry()
        assert deliver_due() == 0  # it might still be alive
        WebhookEndpoint.objects.filter(client=app.row).update(busy_until=timezone.now())
        assert deliver_due() == 1
        ids = {headers["webhook-id"] for headers, _ in posted(server)}
        assert (len(server.heads), ids) == (2, {delivery.event_id})
        assert again(delivery).status == "DELIVERED"
        first, second = WebhookAttempt.objects.filter(delivery=delivery).order_by("number")
        assert (first.milliseconds, second.http_status) == (None, 204)

    @pytest.mark.slow
    def test_a_real_one_seals_follows_and_delivers(
        self, app: App, serve: Serve, alice: Someone, monkeypatch: Any, request: Any
    ) -> None:
        for name, value in outbound().items():
            monkeypatch.setenv(name, value)
        server = serve(OK)
        app.endpoint(server)
        account = alice.account()
        app.shares(alice, account)
        request.getfixturevalue("worker")
        deposit(account.id, Money(100, "GBP"))
        until = time.monotonic() + 30
        while not server.heads and time.monotonic() < until:
            time.sleep(0.1)
        assert [body["type"] for body in bodies(server)] == ["transaction.booked"]


WORKER = """
import django
django.setup()
from events.operations.deliveries import deliver_due
deliver_due()
"""


def outbound() -> dict[str, str]:
    """Return the settings of calls to the outside, for another process."""
    from django.conf import settings

    return {
        "OUTBOUND_CA_FILE": settings.OUTBOUND_CA_FILE,
        "OUTBOUND_LOOPBACK_HOSTS": ",".join(settings.OUTBOUND_LOOPBACK_HOSTS),
    }


def slowly(behaviour: Any) -> Any:
    def slow(line: Any, head: bytes) -> None:
        time.sleep(0.3)
        behaviour(line, head)

    return slow


def deliver_rounds() -> int:
    return sum(all_at_once(3, deliver_due))


class TestPauses:
    def test_grow_by_the_clock_from_ten_seconds_to_half_a_day(self) -> None:
        pauses = [rules.pause_after(n, chance=lambda: 0.5).total_seconds() for n in range(1, 10)]
        assert pauses == [10, 40, 160, 640, 2560, 10240, 40960, 43200, 43200]

    def test_are_spread_by_a_fifth(self) -> None:
        assert rules.pause_after(1, chance=lambda: 0) == timedelta(seconds=8)
        assert rules.pause_after(1, chance=lambda: 1) == timedelta(seconds=12)


class TestTransaction:
    def test_of_a_ring_that_fails_leaves_no_number_behind(self, app: App) -> None:
        endpoint = app.endpoint()
        with transaction.atomic():
            ring(app, endpoint)
            transaction.set_rollback(True)
        assert app.events() == []
        assert not endpoint.deliveries.exists()
