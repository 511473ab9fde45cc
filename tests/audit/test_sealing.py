"""Sealing: every event once, whatever comes between."""
# ruff: noqa: S608 - the SQL of a superuser who may write what they like

import base64
import json
import threading
import time
import tracemalloc
import uuid
from collections.abc import Callable, Iterable
from typing import Any

import psycopg
import pytest
from django.core.management import call_command
from django.db import connections, transaction

from audit import batches, exports, hints, merkle, notes, published, sealing, trust
from audit.actor import system
from audit.hints import Hinter
from audit.keys import pinned_key
from audit.published import LogStopped
from tests.audit.conftest import Log, record_one, seal


def leaves(log: Log) -> list[bytes]:
    """Return the sealed bytes in order."""
    return [bytes(row[0]) for row in log.rows("SELECT body FROM audit.leaf ORDER BY index")]


def head(log: Log) -> notes.Head:
    """Return the last signed head, its signature checked."""
    note = log.rows("SELECT note FROM audit.checkpoint ORDER BY size DESC LIMIT 1")[0][0]
    return notes.open_note(note, pinned_key())


class TestSealing:
    def test_moves_every_event_to_the_log_in_order(self, log: Log) -> None:
        recorded = [record_one() for _ in range(5)]
        assert seal() == 5
        assert log.sealed() == recorded
        assert log.waiting() == 0

    def test_does_nothing_when_nothing_waits(self, log: Log) -> None:
        assert seal() == 0
        assert log.rows("SELECT * FROM audit.checkpoint") == []

    def test_signs_the_root_over_all_leaves(self, log: Log) -> None:
        for _ in range(3):
            record_one()
            seal()
        said = head(log)
        assert said.size == 3
        assert said.root == merkle.root(merkle.leaf_hash(body) for body in leaves(log))

    def test_goes_on_across_tiles(self, log: Log) -> None:
        for _ in range(600):
            record_one()
        while sealing.seal_once(batch=250).count:
            pass
        assert head(log).root == merkle.root(merkle.leaf_hash(body) for body in leaves(log))
        assert [row[0] for row in log.rows("SELECT size FROM audit.checkpoint ORDER BY size")] == [
            250,
            500,
            600,
        ]
        assert len(log.rows("SELECT * FROM audit.tile")) == 2

    def test_keeps_the_exact_bytes_with_the_databases_time(self, log: Log) -> None:
        record_one()
        waiting, at = log.rows("SELECT body, recorded_at FROM audit.outbox")[0]
        seal()
        time_of = at.strftime("%Y-%m-%dT%H:%M:%S.%fZ").encode()
        assert leaves(log) == [b'{"at":"' + time_of + b'","event":' + waiting + b"}"]

    def test_publishes_each_head_outside_the_database(self, log: Log) -> None:
        record_one()
        seal()
        assert notes.open_note(log.published.read_text(), pinned_key()) == head(log)

    def test_publishes_later_what_a_crash_left_unpublished(self, log: Log) -> None:
        record_one()
        seal()
        first = log.published.read_text()
        record_one()
        seal()
        log.published.write_text(first)
        assert seal() == 0
        assert notes.open_note(log.published.read_text(), pinned_key()).size == 2

    def test_goes_on_after_a_crash_before_the_very_first_publication(
        self, log: Log, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        publish = published.publish

        def crash(note: str, policy: trust.Policy) -> None:
            if policy.signed(note).size:
                raise OSError("the disk is full")
            publish(note, policy)

        record_one()
        monkeypatch.setattr(published, "publish", crash)
        with pytest.raises(OSError, match="disk"):
            seal()
        monkeypatch.setattr(published, "publish", publish)
        record_one()
        assert seal() == 1
        assert notes.open_note(log.published.read_text(), pinned_key()).size == 2

    def test_never_publishes_an_older_head_over_a_newer(self, log: Log) -> None:
        record_one()
        seal()
        older = log.published.read_text()
        record_one()
        seal()
        published.publish(older, trust.policy())
        assert notes.open_note(log.published.read_text(), pinned_key()).size == 2


class TestCommittedLate:
    def test_is_not_lost(self, log: Log, database_urls: dict[str, str]) -> None:
        late = uuid.uuid4()
        with psycopg.connect(log.superuser_url) as slow:
            slow.execute("INSERT INTO audit.outbox (event_id, body) VALUES (%s, 'late')", [late])
            early = record_one()
            seal()
            assert log.sealed() == [early]
            slow.commit()
        seal()
        assert log.sealed() == [early, late]

    def test_between_the_reading_and_the_removing_stays_for_the_next_round(
        self, log: Log, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        late, remove = uuid.uuid4(), batches._remove
        with psycopg.connect(log.superuser_url) as slow:
            slow.execute("INSERT INTO audit.outbox (event_id, body) VALUES (%s, 'late')", [late])
            early = record_one()

            def commit_first(cursor: Any, numbers: Any) -> None:
                slow.commit()
                remove(cursor, numbers)

            monkeypatch.setattr(batches, "_remove", commit_first)
            assert sealing.seal_once().count == 1
        assert (log.sealed(), log.waiting()) == ([early], 1)
        monkeypatch.setattr(batches, "_remove", remove)
        assert seal() == 1
        assert log.sealed() == [early, late]


class TestEventGoneMeanwhile:
    def test_is_not_sealed_by_two(self, log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
        """What was read and is not there to be removed was taken by somebody else: nothing is sealed."""
        remove = batches._remove

        def lose_one(cursor: Any, numbers: Any) -> None:
            with log.superuser() as superuser:
                superuser.execute("DELETE FROM audit.outbox WHERE id = (SELECT min(id) FROM audit.outbox)")
            remove(cursor, numbers)

        _, second = record_one(), record_one()
        monkeypatch.setattr(batches, "_remove", lose_one)
        with pytest.raises(batches.EventsGone, match="2 events were read, 1 of them"):
            sealing.seal_once()
        assert (log.sealed(), log.waiting()) == ([], 1)
        monkeypatch.setattr(batches, "_remove", remove)
        assert seal() == 1
        assert log.sealed() == [second]


class TestSeveralSealers:
    def test_seal_each_event_once(self, log: Log) -> None:
        recorded = {record_one() for _ in range(300)}
        failures: list[BaseException] = []

        def race() -> None:
            try:
                while len(log.sealed()) < len(recorded):
                    sealing.seal_once(batch=7)
            except BaseException as error:  # noqa: BLE001 - told to the test
                failures.append(error)
            finally:
                connections.close_all()

        racers = [threading.Thread(target=race) for _ in range(4)]
        for racer in racers:
            racer.start()
        for racer in racers:
            racer.join(50)
        assert failures == []
        sealed = log.sealed()
        assert (len(sealed), set(sealed)) == (300, recorded)
        assert head(log).root == merkle.root(merkle.leaf_hash(body) for body in leaves(log))

    def test_do_not_wait_for_each_other(self, log: Log) -> None:
        record_one()
        with psycopg.connect(log.superuser_url) as other:
            other.execute("SELECT pg_advisory_xact_lock(%s)", [sealing._LOCK])
            assert sealing.seal_once().count == 0
            other.rollback()
        assert sealing.seal_once().count == 1


def event(event_id: uuid.UUID, **more: Any) -> bytes:
    """Return a body as the application could write one."""
    said = {
        "actor": {"type": "system", "id": "x"}, "event_id": str(event_id), "kind": "x.y",
        "outcome": "success", "target": {"id": "1", "type": "x"}, "v": 1, **more,
    }  # fmt: skip
    return json.dumps(said, sort_keys=True, separators=(",", ":")).encode()


def put(log: Log, events: Iterable[tuple[uuid.UUID, bytes]]) -> None:
    """Put many events into the outbox."""
    copying = "COPY audit.outbox (event_id, body) FROM STDIN"
    with log.superuser() as superuser, superuser.cursor() as cursor, cursor.copy(copying) as copy:
        for row in events:
            copy.write_row(row)


POISON: dict[str, Callable[[uuid.UUID], bytes]] = {
    "rubbish": lambda _: b"\xff\xfe rubbish",
    "nothing": lambda _: b"",
    "no object": lambda _: b"[]",
    "no event": lambda _: b'{"v":1}',
    "another id": lambda _: event(uuid.uuid4()),
    "not canonical": lambda own: event(own).replace(b":", b": ", 1),
    "nested deep": lambda _: b"[" * 60000,
    "a zero byte in a column": lambda own: event(own, kind="x\x00y"),
    "a column no index holds": lambda own: event(own, target={"id": "x" * 9000, "type": "x"}),
    "a column of another type": lambda own: event(own, kind=["x"]),
    "an actor of another type": lambda own: event(own, actor="x"),
    "a fraction": lambda own: event(own, change={"x": 1.0}),
    "a fraction in a list": lambda own: event(own, change={"x": ["y", 1.0]}),
    "a number too large": lambda own: event(own, change={"x": 2**60}),
}


class TestUnreadableEvent:
    @pytest.mark.parametrize("name", POISON)
    def test_is_sealed_as_it_is_and_blocks_nothing(self, log: Log, name: str) -> None:
        own = uuid.uuid4()
        body = POISON[name](own)
        with connections["default"].cursor() as cursor:
            cursor.execute("INSERT INTO audit.outbox (event_id, body) VALUES (%s, %s)", [own, body])
        after = record_one()
        assert seal() == 2
        assert log.sealed() == [own, after]
        assert base64.b64decode(json.loads(leaves(log)[0])["raw"]) == body
        assert log.rows("SELECT kind FROM audit.leaf WHERE index = 0") == [("raw",)]

    def test_that_claims_a_sealed_id_is_kept_under_another(self, log: Log) -> None:
        first = record_one()
        seal()
        with connections["default"].cursor() as cursor:
            cursor.execute("INSERT INTO audit.outbox (event_id, body) VALUES (%s, %s)", [first, event(first)])
        seal()
        sealed = log.sealed()
        assert sealed[0] == first
        assert len(set(sealed)) == 2
        assert base64.b64decode(json.loads(leaves(log)[1])["raw"]) == event(first)

    def test_of_any_size_is_refused_at_the_door(self, log: Log) -> None:
        with (
            connections["default"].cursor() as cursor,
            pytest.raises(Exception, match="audit_event_is_short"),
        ):
            cursor.execute(
                "INSERT INTO audit.outbox (event_id, body) VALUES (%s, %s)", [uuid.uuid4(), b"x" * 65537]
            )


class TestOlderDatabase:
    def test_stops_the_log(self, log: Log) -> None:
        for _ in range(3):
            record_one()
            seal()
        log.tamper("DELETE FROM audit.leaf WHERE index = 2", "DELETE FROM audit.checkpoint WHERE size = 3")
        record_one()
        with pytest.raises(LogStopped, match="2 leaves, but 3 were published"):
            seal()
        assert log.waiting() == 1
        assert len(log.rows("SELECT * FROM audit.checkpoint")) == 2

    def test_that_is_empty_stops_the_log(self, log: Log) -> None:
        record_one()
        seal()
        log.tamper("TRUNCATE audit.leaf, audit.checkpoint")
        record_one()
        with pytest.raises(LogStopped):
            seal()

    def test_that_was_rewritten_stops_the_log(self, log: Log) -> None:
        for _ in range(2):
            record_one()
            seal()
        kept = log.published.read_text()
        forged = merkle.Frontier()
        forged.extend([merkle.leaf_hash(b"another")])
        forged.extend([merkle.leaf_hash(b"history")])
        log.tamper(
            f"UPDATE audit.checkpoint SET frontier = '\\x{forged.to_bytes().hex()}',"
            f" root = '\\x{forged.root().hex()}' WHERE size = 2"
        )
        record_one()
        with pytest.raises(LogStopped, match="not those that were published"):
            seal()
        assert log.published.read_text() == kept

    def test_without_any_published_head_stops_the_log(self, log: Log) -> None:
        record_one()
        seal()
        log.published.unlink()
        record_one()
        with pytest.raises(LogStopped, match="adopt_audit_log"):
            seal()

    def test_goes_on_after_an_explicit_decision_that_is_recorded(self, log: Log, capsys: Any) -> None:
        record_one()
        seal()
        log.published.unlink()
        call_command("adopt_audit_log", reason="state_lost")
        assert seal() == 1
        assert log.rows("SELECT kind FROM audit.leaf ORDER BY index DESC LIMIT 1") == [("audit.log_started",)]

    def test_whose_published_note_was_forged_stops_the_log(self, log: Log) -> None:
        record_one()
        seal()
        log.published.write_text(log.published.read_text().replace("\n1\n", "\n2\n"))
        record_one()
        with pytest.raises(LogStopped, match="not ours"):
            seal()


class TestHint:
    def test_costs_the_caller_nothing_however_slow_the_broker(self) -> None:
        entered = threading.Event()

        def hang() -> None:
            entered.set()
            time.sleep(5)

        hinter = Hinter(hang)
        began = time.perf_counter()
        for _ in range(1000):
            hinter.ask()
        assert time.perf_counter() - began < 1
        assert entered.wait(5)

    def test_is_sent_again_after_the_broker_failed(self) -> None:
        sent: list[int] = []

        def fail_once() -> None:
            sent.append(1)
            if len(sent) == 1:
                raise ConnectionError

        hinter = Hinter(fail_once)
        hinter.ask()
        time.sleep(0.3)
        hinter.ask()
        deadline = time.monotonic() + 10
        while len(sent) < 2 and time.monotonic() < deadline:
            time.sleep(0.02)
        assert len(sent) == 2

    def test_joins_many_events(self) -> None:
        sent: list[int] = []
        hinter = Hinter(lambda: sent.append(1))
        for _ in range(1000):
            hinter.ask()
        time.sleep(0.3)
        assert 1 <= len(sent) <= 5

    def test_is_sent_by_one_process_of_many_in_its_turn(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(hints, "_TURN", f"audit:hinted:{uuid.uuid4()}")  # this process hints, too
        monkeypatch.setattr(hints, "MOST_OFTEN_SECONDS", 2.0)
        assert hints.seconds_until_turn() == 0
        assert 0 < hints.seconds_until_turn() <= 2.0
        until = time.monotonic() + 10
        while hints.seconds_until_turn() > 0:
            assert time.monotonic() < until
            time.sleep(0.05)

    def test_waits_for_its_turn(self) -> None:
        turns, sent = [0.0, 0.2], list[float]()
        hinter = Hinter(lambda: sent.append(time.monotonic()), turns.pop)
        began = time.monotonic()
        hinter.ask()
        while not sent and time.monotonic() < began + 5:
            time.sleep(0.02)
        assert sent
        assert sent[0] - began >= 0.2

    def test_needs_no_turn_while_the_cache_is_away(self, settings: Any) -> None:
        """As the bank connects: not tried again for seconds, as redis-py does by itself."""
        gone = {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1/0"}
        settings.CACHES = {**settings.CACHES, "default": gone}
        assert (hints.seconds_until_turn(), hints.seconds_until_turn()) == (0, 0)

    def test_carries_nothing(self, log: Log) -> None:
        from bank.celery import app

        with app.connection_for_write() as connection, connection.channel() as channel:
            channel.queue_purge("celery")
            record_one(personal={"name": "Alice Smith"})
            deadline = time.monotonic() + 10
            message = None
            while message is None and time.monotonic() < deadline:
                message = channel.basic_get("celery", no_ack=True)
                time.sleep(0.05)
        assert message is not None
        assert json.loads(message.body)[:2] == [[], {}]
        assert message.headers["task"] == "audit.seal"
        assert "Alice" not in str(message.headers)


class TestBatch:
    def test_writes_each_column_as_the_bytes_say(self, log: Log) -> None:
        for kind in ("login.succeeded", "login.failed", "consent.granted"):
            record_one(kind, target=("consent", "con_1"), reason="why")
        record_one("audit.log_started", by=system("x"), target=("audit", "1" * 150))
        waiting = log.rows("SELECT event_id, recorded_at FROM audit.outbox ORDER BY id")
        assert seal() == 4
        columns = "index, body, hash, event_id, recorded_at, kind, outcome, subject, target"
        stored = log.rows(f"SELECT {columns} FROM audit.leaf ORDER BY index")
        assert [row[3:5] for row in stored] == waiting
        assert [bytes(row[2]) for row in stored] == [merkle.leaf_hash(bytes(row[1])) for row in stored]
        assert [row[5] for row in stored].count("raw") == 0
        assert all(exports.copies_agree(row) for row in stored)

    def test_is_found_by_number_however_empty_the_planner_thinks_the_outbox_is(self, log: Log) -> None:
        record_one()
        for alias, query in (("sealer", batches._OLDEST), ("outbox", batches._EVENTS.format(most=10))):
            with transaction.atomic(using=alias), connections[alias].cursor() as cursor:
                cursor.execute(batches._BY_NUMBER)
                cursor.execute(f"EXPLAIN {query}")
                assert "Seq Scan" not in str(cursor.fetchall())

    def test_says_whether_more_wait(self, log: Log) -> None:
        recorded = [record_one() for _ in range(5)]
        sealed = sealing.seal_once(batch=2)
        assert (sealed.count, sealed.more) == (2, True)
        assert not sealing.seal_once(batch=4).more
        assert log.sealed() == recorded

    def test_of_large_events_fills_no_memory(self, log: Log) -> None:
        count, long = 1500, "x" * 60_000
        put(log, ((own, event(own, change={"long": long})) for own in (uuid.uuid4() for _ in range(count))))
        sealing.signing_keys()
        tracemalloc.start()
        try:
            assert sealing.seal_once().count == count
            assert tracemalloc.get_traced_memory()[1] < 20 * 2**20
        finally:
            tracemalloc.stop()
        assert log.rows("SELECT DISTINCT kind FROM audit.leaf") == [("x.y",)]

    def test_that_begins_with_a_sealed_id_is_read_again(self, log: Log) -> None:
        first = record_one()
        seal()
        others = [uuid.uuid4() for _ in range(3000)]
        put(log, [(own, event(own, change={"x": "y" * 500})) for own in (first, *others)])
        assert seal() == 3001
        assert log.sealed()[2:] == others
        assert log.rows("SELECT array_agg(index) FROM audit.leaf WHERE kind = 'raw'") == [([1],)]
        assert head(log).root == merkle.root(merkle.leaf_hash(body) for body in leaves(log))

    def test_with_one_poisoned_event_keeps_all_in_order(self, log: Log) -> None:
        before = [record_one() for _ in range(3)]
        own = uuid.uuid4()
        with connections["default"].cursor() as cursor:
            cursor.execute("INSERT INTO audit.outbox (event_id, body) VALUES (%s, 'rubbish')", [own])
        after = [record_one() for _ in range(3)]
        assert seal() == 7
        assert log.sealed() == [*before, own, *after]
        assert head(log).root == merkle.root(merkle.leaf_hash(body) for body in leaves(log))
