"""How often one may knock: exact across processes, by the right address, decided when nobody can count."""

import json
import multiprocessing
import os
import re
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import redis
from django.test import override_settings

from bank.access import addresses, counters, rate_limits, signals
from bank.access.rate_limits import DOORS, Door, LimitsUnavailable, RateLimited
from bank.observability import metrics
from bank.observability.context import RequestContext, current, enter, leave
from tests.bank.conftest import Caller
from tests.bank.test_problems import problem


@pytest.fixture(autouse=True)
def _present_request() -> Iterator[None]:
    enter(RequestContext())
    yield
    leave()


@pytest.fixture
def strict(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Real rates, and windows so long that none ends within a test."""
    settings.RATE_LIMIT_FACTOR = 1
    monkeypatch.setitem(DOORS, "api_read", Door({"address": "9/d", "client": "7/d", "caller": "5/d"}, "open"))
    monkeypatch.setitem(DOORS, "api_write", Door({"caller": "3/d"}, "closed"))
    monkeypatch.setitem(DOORS, "api_refused", Door({"address": "4/d"}, "open"))
    monkeypatch.setitem(DOORS, "login", Door({"address": "6/d", "login": "2/d"}, "closed"))


@pytest.fixture
def no_cache(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cache at whose port nobody listens."""
    gone = {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1/0"}
    settings.CACHES = {**settings.CACHES, "default": gone}
    monkeypatch.setattr(counters._Pause, "until", float("-inf"))


def statuses(client: Caller, count: int, path: str = "/v1/readable", **extra: Any) -> Counter[int]:
    return Counter(client.get(path, **extra).status_code for _ in range(count))


class TestDoors:
    def test_all_have_rates_that_can_be_read(self) -> None:
        for name, door in DOORS.items():
            assert door.rates, name
            for kind in door.rates:
                count, seconds = rate_limits.rate_of(name, kind)
                assert count > 0
                assert seconds > 0

    def test_whatever_guards_a_secret_or_changes_something_closes_without_a_count(self) -> None:
        closed = {
            "login",
            "second_factor",
            "par",
            "authorize",
            "token",
            "introspect",
            "register",
            "registration",
            "api_write",
            "funds",
            "payee_checks",
            "own_data",
            "unmask",
        }
        assert {name for name, door in DOORS.items() if door.when_down == "closed"} == closed


@pytest.mark.usefixtures("strict")
class TestApi:
    def test_lets_in_exactly_as_many_as_said(self, app: Caller) -> None:
        assert statuses(app, 8) == {200: 5, 429: 3}

    def test_says_what_is_left_and_when_to_come_back(self, app: Caller) -> None:
        first = app.get("/v1/readable")
        assert first["RateLimit-Policy"] == (
            '"api_read.address";q=9;w=86400, "api_read.client";q=7;w=86400, "api_read.caller";q=5;w=86400'
        )
        assert re.fullmatch(
            r'"api_read.address";r=8;t=\d+, "api_read.client";r=6;t=\d+, "api_read.caller";r=4;t=\d+',
            first["RateLimit"],
        )
        statuses(app, 4)
        last = app.get("/v1/readable")
        assert problem(last, 429)["code"] == "rate_limited"
        assert 1 <= int(last["Retry-After"]) <= 86400
        assert '"api_read.caller";r=0' in last["RateLimit"]

    def test_counts_each_user_of_an_app_and_the_app_in_all(self, rooms: None, db: None) -> None:
        users = [Caller(headers={"Authorization": f"Test piggy:usr_{n}"}) for n in range(4)]
        assert sum((statuses(user, 2) for user in users), Counter()) == {200: 7, 429: 1}

    def test_counts_an_address_whichever_app_it_says_it_is(self, rooms: None, db: None) -> None:
        apps = [Caller(headers={"Authorization": f"Test app{n}:usr_1"}) for n in range(12)]
        assert sum((statuses(app, 1) for app in apps), Counter()) == {200: 9, 429: 3}

    def test_counts_writes_apart_from_reads(self, app: Caller) -> None:
        statuses(app, 6)
        assert app.send("/v1/by-method", "{}").status_code == 200

    def test_counts_denied_requests_too(self, app: Caller) -> None:
        assert statuses(app, 7, "/v1/out-of-scope") == {403: 5, 429: 2}

    def test_stops_who_guesses_tokens(self, caller: Caller) -> None:
        guesses = Counter(
            caller.get("/v1/readable", headers={"Authorization": f"DPoP {n}"}).status_code for n in range(7)
        )
        assert guesses == {401: 4, 429: 3}

    def test_tells_who_listens(self, app: Caller) -> None:
        heard: list[str] = []

        def listen(door: str, **_: Any) -> None:
            heard.append(door)

        signals.limit_hit.connect(listen)
        try:
            statuses(app, 6)
        finally:
            signals.limit_hit.disconnect(listen)
        assert heard == ["api_read"]


@pytest.mark.usefixtures("strict", "db")
class TestAddress:
    def refused(self, rf: Any, count: int, **meta: Any) -> int:
        failed = 0
        for number in range(count):
            request = rf.post("/login/", **{k: v(number) if callable(v) else v for k, v in meta.items()})
            try:
                rate_limits.check("login", request, login=f"name{number}")
            except RateLimited:
                failed += 1
        return failed

    def test_is_the_peer_however_the_forwarding_header_rotates(self, rf: Any) -> None:
        rotating = {"HTTP_X_FORWARDED_FOR": lambda n: f"198.51.100.{n}"}
        assert self.refused(rf, 20, REMOTE_ADDR="203.0.113.1", **rotating) == 14

    def test_is_what_our_proxy_saw_and_not_what_the_client_wrote(self, rf: Any, settings: Any) -> None:
        settings.TRUSTED_PROXY_COUNT = 1
        written = {"HTTP_X_FORWARDED_FOR": lambda n: f"198.51.100.{n}, 203.0.113.1"}
        assert self.refused(rf, 20, REMOTE_ADDR="10.0.0.1", **written) == 14

    def test_tells_clients_behind_our_proxy_apart(self, rf: Any, settings: Any) -> None:
        settings.TRUSTED_PROXY_COUNT = 1
        seen = {"HTTP_X_FORWARDED_FOR": lambda n: f"198.51.100.{n}"}
        assert self.refused(rf, 20, REMOTE_ADDR="10.0.0.1", **seen) == 0

    def test_is_the_network_of_an_ipv6_customer(self, rf: Any) -> None:
        assert self.refused(rf, 20, REMOTE_ADDR=lambda n: f"2001:db8:1:2::{n:x}") == 14

    @pytest.mark.parametrize(
        ("hops", "forwarded", "peer", "address"),
        [
            (0, "1.1.1.1", "203.0.113.1", "203.0.113.1"),
            (1, "1.1.1.1, 2.2.2.2", "203.0.113.1", "2.2.2.2"),
            (2, "9.9.9.9,1.1.1.1, 2.2.2.2", "203.0.113.1", "1.1.1.1"),
            (2, "2.2.2.2", "203.0.113.1", "203.0.113.1"),
            (1, "not an address", "203.0.113.1", addresses.UNKNOWN),
            (1, "::ffff:192.0.2.1", "203.0.113.1", "192.0.2.1"),
            (0, "", "", addresses.UNKNOWN),
        ],
    )
    def test_is_counted_from_the_right(
        self, rf: Any, settings: Any, hops: int, forwarded: str, peer: str, address: str
    ) -> None:
        settings.TRUSTED_PROXY_COUNT = hops
        request = rf.get("/", REMOTE_ADDR=peer, HTTP_X_FORWARDED_FOR=forwarded)
        assert addresses.client_address(request) == address

    @pytest.mark.parametrize(
        ("peer", "address"),
        [
            ("10.0.0.1", "2.2.2.2"),
            ("::ffff:10.0.0.1", "2.2.2.2"),
            ("203.0.113.1", "203.0.113.1"),
            ("", addresses.UNKNOWN),
        ],
    )
    def test_is_believed_of_our_own_proxies_alone(
        self, rf: Any, settings: Any, peer: str, address: str
    ) -> None:
        settings.TRUSTED_PROXY_COUNT, settings.TRUSTED_PROXIES = 1, ["10.0.0.0/24", "fd00::/8"]
        request = rf.get("/", REMOTE_ADDR=peer, HTTP_X_FORWARDED_FOR="2.2.2.2")
        assert addresses.client_address(request) == address

    def test_a_name_is_counted_whichever_address_tries(self, rf: Any) -> None:
        rate_limits.check("login", rf.post("/", REMOTE_ADDR="203.0.113.1"), login="alice")
        rate_limits.check("login", rf.post("/", REMOTE_ADDR="203.0.113.2"), login="alice")
        with pytest.raises(RateLimited):
            rate_limits.check("login", rf.post("/", REMOTE_ADDR="203.0.113.3"), login="alice")


@pytest.mark.usefixtures("strict", "no_cache")
class TestWithoutACache:
    def test_open_doors_let_through_and_count_that_they_did(self, app: Caller) -> None:
        before = metrics.UNCOUNTED_REQUESTS.labels("api_read")._value.get()
        assert statuses(app, 8) == {200: 8}
        assert metrics.UNCOUNTED_REQUESTS.labels("api_read")._value.get() == before + 8

    def test_closed_doors_answer_503(self, app: Caller) -> None:
        response = app.send("/v1/by-method", "{}")
        assert problem(response, 503)["code"] == "limits_unavailable"
        assert response["Retry-After"]

    def test_nobody_waits_for_it(self, app: Caller) -> None:
        began = time.monotonic()
        statuses(app, 20)
        assert time.monotonic() - began < 2

    def test_it_is_asked_again_after_a_moment(self, app: Caller, settings: Any, monkeypatch: Any) -> None:
        statuses(app, 1)
        with override_settings(
            CACHES={
                **settings.CACHES,
                "default": {**settings.CACHES["default"], "LOCATION": os.environ["CACHE_URL"]},
            }
        ):
            assert "RateLimit" not in app.get("/v1/readable")
            monkeypatch.setattr(counters._Pause, "until", time.monotonic())
            assert "RateLimit" in app.get("/v1/readable")

    def test_nobody_signs_in(self, rf: Any) -> None:
        with pytest.raises(LimitsUnavailable):
            rate_limits.check("login", rf.post("/"), login="alice")


def knock(results: Any, settings_of_cache: str, times: int) -> None:
    """One of several processes knocking at one door."""
    os.environ["CACHE_URL"] = settings_of_cache
    import django

    django.setup()
    from django.test import RequestFactory

    DOORS["token"] = Door({"client": "400/d"}, "closed")
    from django.conf import settings

    settings.RATE_LIMIT_FACTOR = 1
    let_in = 0
    for _ in range(times):
        try:
            rate_limits.check_keys("token", RequestFactory().post("/oauth/token"), client="exact")
            let_in += 1
        except RateLimited:
            pass
    results.put(let_in)


class TestAcrossProcesses:
    def test_exactly_four_hundred_of_eight_hundred_get_in(self, db: None) -> None:
        signals.limit_hit.receivers, kept = [], signals.limit_hit.receivers
        try:
            context = multiprocessing.get_context("fork")
            results = context.Queue()
            processes = [
                context.Process(target=knock, args=(results, os.environ["CACHE_URL"], 200)) for _ in range(4)
            ]
            for process in processes:
                process.start()
            assert sum(results.get(timeout=50) for _ in processes) == 400
            for process in processes:
                process.join(10)
        finally:
            signals.limit_hit.receivers = kept


class TestOneTrip:
    def test_all_keys_of_a_door_are_counted_in_one_command(self, rf: Any, db: None, monkeypatch: Any) -> None:
        rate_limits.check("api_write", rf.post("/"), client="a", user="b", caller="c")  # the cache knows how
        sent: list[str] = []
        original = redis.Connection.send_command

        def listen(self: Any, *args: Any, **options: Any) -> Any:
            sent.append(str(args[0]))
            return original(self, *args, **options)

        monkeypatch.setattr(redis.Connection, "send_command", listen)
        rate_limits.check("api_write", rf.post("/"), client="a", user="b", caller="c")
        assert sent == ["EVALSHA"]

    def test_a_cache_that_was_restarted_learns_the_count_again(self, rf: Any, db: None) -> None:
        from django_redis import get_redis_connection

        get_redis_connection("default").script_flush()
        rate_limits.check_keys("revoke", rf.post("/"), client="restarted")
        assert current().limits[-1].count == 1

    def test_counters_do_not_outlive_their_window(self, rf: Any, db: None) -> None:
        from django_redis import get_redis_connection

        rate_limits.check("revoke", rf.post("/"), client="ttl")
        connection = get_redis_connection("default")
        lives = [connection.ttl(key) for key in connection.scan_iter("rl:*")]
        assert lives
        assert all(0 < seconds <= 65 for seconds in lives)


class TestHeaders:
    def test_a_page_without_limits_has_none(self, caller: Caller) -> None:
        assert "RateLimit" not in caller.get("/livez")

    def test_are_json_free_structured_fields(self, app: Caller) -> None:
        item = r'"[a-z_.]+";[qr]=\d+;[wt]=\d+'
        response = app.get("/v1/readable")
        for name in ("RateLimit", "RateLimit-Policy"):
            assert re.fullmatch(f"{item}(, {item})*", response[name])
        assert json.loads(response.content)
