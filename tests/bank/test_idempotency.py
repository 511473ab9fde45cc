"""The same request twice has one effect: on real PostgreSQL, with real threads."""

import json
import threading
from collections import Counter
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, connections

from bank.idempotency.models import IdempotencyRecord
from bank.idempotency.tasks import forget_old_answers
from tests.bank.conftest import Caller
from tests.bank.test_problems import problem

BODY = {"amount": {"amount": "10.00", "currency": "GBP"}}


def effects(reference: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM bank_access_iprule WHERE reason = %s", [reference])
        return int(cursor.fetchone()[0])


def order(client: Caller, key: str | None, path: str = "/v1/orders", **body: Any) -> Any:
    headers = {} if key is None else {"Idempotency-Key": key}
    return client.send(path, json.dumps({**BODY, **body}), headers=headers)


@pytest.fixture
def committed(rooms: None, real_db: None) -> Caller:
    return Caller(raise_request_exception=False, headers={"Authorization": "Test piggy:usr_1"})


@pytest.fixture
def name() -> str:
    """A reference, and a key, of this test alone."""
    return uuid4().hex


class TestTheKey:
    def test_is_required(self, app: Caller) -> None:
        assert problem(order(app, None), 400)["code"] == "idempotency_key_missing"

    @pytest.mark.parametrize("key", ["", " ", "a b", "x" * 65, "k\u00e9y", "a\tb", "\x7f", "one,another"])
    def test_is_one_of_at_most_64_visible_characters(self, app: Caller, key: str) -> None:
        response = app.post("/v1/orders", BODY, "application/json", HTTP_IDEMPOTENCY_KEY=key)
        assert problem(response, 400)["code"] == "idempotency_key_malformed"

    @pytest.mark.parametrize("key", ["!", "~" * 64, '"quoted"', "5f0c7ee2-6a3b-4c1d-9e8f-7a6b5c4d3e2f"])
    def test_may_be_quoted_or_a_uuid_or_any_mark(self, app: Caller, key: str) -> None:
        assert order(app, key).status_code == 201


class TestRepeating:
    def test_gives_the_same_answer_and_no_second_effect(self, app: Caller, name: str) -> None:
        first, second = order(app, name, reference=name), order(app, name, reference=name)
        assert (first.status_code, first.content) == (second.status_code, second.content)
        assert second["Location"] == first["Location"]
        assert "Idempotency-Replayed" not in first
        assert second["Idempotency-Replayed"] == "true"
        assert first["X-Request-ID"] != second["X-Request-ID"]
        assert effects(name) == 1

    def test_ignores_order_and_space_of_the_body(self, app: Caller, name: str) -> None:
        key = {"headers": {"Idempotency-Key": name}}
        one = app.send("/v1/orders", '{"amount":{"amount":"1","currency":"GBP"},"copies":2}', **key)
        two = app.send("/v1/orders", '{ "copies":2, "amount":{"currency":"GBP","amount":"1"}}', **key)
        assert (one.status_code, two["Idempotency-Replayed"]) == (201, "true")

    def test_refuses_another_body(self, app: Caller, name: str) -> None:
        order(app, name)
        assert problem(order(app, name, copies=2), 422)["code"] == "idempotency_key_reused"

    def test_is_apart_for_another_path(self, app: Caller, name: str) -> None:
        one, two = order(app, name), order(app, name, "/v1/orders/ord_1/capture")
        assert [one.status_code, two.status_code] == [201, 201]
        assert "Idempotency-Replayed" not in two

    def test_is_apart_for_another_caller(self, app: Caller, name: str) -> None:
        order(app, name)
        other = Caller(headers={"Authorization": "Test piggy:usr_2"})
        assert "Idempotency-Replayed" not in order(other, name, copies=2)


class TestFailing:
    @pytest.mark.parametrize(("reference", "status"), [("refuse", 422), ("break", 500), ("unavailable", 503)])
    def test_keeps_neither_effect_nor_answer(
        self, app: Caller, name: str, reference: str, status: int
    ) -> None:
        before = effects(reference)
        assert order(app, name, reference=reference).status_code == status
        assert effects(reference) == before
        again = order(app, name)
        assert again.status_code == 201
        assert "Idempotency-Replayed" not in again

    def test_database_refuses_to_store_a_failure_of_the_bank(self, db: None) -> None:
        from django.db import IntegrityError, transaction

        record = {"caller": "c", "method": "POST", "path": "/", "key": "k", "fingerprint": b"", "answer": b""}
        with pytest.raises(IntegrityError), transaction.atomic():
            IdempotencyRecord.objects.create(**record, status=503)


class TestRacing:
    def test_twenty_equal_keys_have_one_effect(self, committed: Caller, name: str) -> None:
        answers = Counter[int]()
        start = threading.Barrier(20)

        def send() -> None:
            start.wait()
            mine = Caller(raise_request_exception=False, headers={"Authorization": "Test piggy:usr_1"})
            response = order(mine, name, reference=name)
            answers[response.status_code] += 1
            connections.close_all()

        threads = [threading.Thread(target=send) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert effects(name) == 1
        assert set(answers) <= {201, 409}
        assert answers[201] >= 1
        assert order(committed, name, reference=name)["Idempotency-Replayed"] == "true"

    def test_a_key_in_flight_is_said_at_once(self, committed: Caller, name: str, superuser_url: str) -> None:
        import psycopg

        slot = ["piggy:usr_1", "POST", "/v1/orders", name]
        with psycopg.connect(superuser_url) as elsewhere:
            elsewhere.execute("SELECT * FROM bank_idempotency_claim(%s, %s, %s, %s)", slot)
            response = order(committed, name, reference=name)
            assert problem(response, 409)["code"] == "idempotency_key_in_flight"
            assert response["Retry-After"] == "1"
        assert order(committed, name, reference=name).status_code == 201
        assert effects(name) == 1


class TestStoring:
    def test_keeps_no_word_of_the_answer_in_clear(self, app: Caller, name: str) -> None:
        order(app, name)
        record = IdempotencyRecord.objects.get(key=name)
        assert b"10.00" not in bytes(record.answer)
        assert record.status == 201

    def test_an_answer_moved_to_another_key_does_not_open(self, app: Caller, name: str) -> None:
        order(app, name)
        moved = IdempotencyRecord.objects.get(key=name)
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO bank_idempotency_idempotencyrecord"
                " (caller, method, path, key, fingerprint, status, answer)"
                " VALUES (%s, %s, %s, %s, %s, %s, %s)",
                [
                    moved.caller,
                    moved.method,
                    moved.path,
                    f"{name}-2"[:64],
                    moved.fingerprint,
                    201,
                    moved.answer,
                ],
            )
        assert order(app, f"{name}-2").status_code == 500

    def test_the_application_cannot_change_what_was_answered(self, app: Caller, name: str) -> None:
        from django.db import ProgrammingError, transaction

        order(app, name)
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            IdempotencyRecord.objects.filter(key=name).update(status=200)

    def test_old_answers_are_forgotten(self, app: Caller, name: str) -> None:
        order(app, name)
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO bank_idempotency_idempotencyrecord"
                " (caller, method, path, key, fingerprint, status, answer, created_at)"
                " VALUES ('c', 'POST', '/', %s, '', 201, '', now() - interval '80 hours')",
                [name],
            )
        assert forget_old_answers() >= 1
        assert (
            IdempotencyRecord.objects.filter(key=name).values_list("caller", flat=True).get() == "piggy:usr_1"
        )
