"""Accounts, posting and batch of a payment are there and stay, without a foreign key for each row."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from bank.public_ids import decode
from payments.models import Payment
from tests.payments.batching import employer

NAMED = ("debtor_account_id", "creditor_account_id", "posting_id", "batch_id")
# A second payment like the first, but for what is given; what is said once is new.
COPY = """
    INSERT INTO payments_payment (id, kind, status, reason_code, refusal, debtor_account_id,
                                  creditor_account_id, amount, currency, reference, end_to_end_id,
                                  posting_id, user_id, uses_up_consent, version, batch_id, batch_item)
    SELECT gen_random_uuid(), kind, %(status)s, %(reason)s, refusal,
           coalesce(%(debtor_account_id)s, debtor_account_id),
           coalesce(%(creditor_account_id)s, creditor_account_id), amount, currency, reference, end_to_end_id,
           %(posting_id)s, user_id, false, 1, coalesce(%(batch_id)s, batch_id), 2
      FROM payments_payment WHERE id = %(like)s
"""


@pytest.fixture
def paid(real_db: None) -> Payment:
    boss = employer()
    return Payment.objects.get(batch=boss.pay(boss.transfers(100)))


@pytest.fixture
def psql(real_db: None, database_urls: dict[str, str]) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(database_urls["bank_app"], autocommit=True) as connection:
        yield connection


def bent(paid: Payment, **changes: Any) -> dict[str, Any]:
    unposted = {"status": "RJCT", "reason": "AM04", "posting_id": None}
    posted = {"status": "ACCC", "reason": ""} if "posting_id" in changes else {}
    return {**dict.fromkeys(NAMED), "like": decode("pay", paid.id), **unposted, **posted, **changes}


class TestPayments:
    def test_may_name_what_is_there(self, paid: Payment, psql: psycopg.Connection[Any]) -> None:
        assert psql.execute(COPY, bent(paid)).rowcount == 1

    @pytest.mark.parametrize("name", NAMED)
    def test_name_what_is_there(self, paid: Payment, psql: psycopg.Connection[Any], name: str) -> None:
        with pytest.raises(psycopg.errors.ForeignKeyViolation, match="names what is not there"):
            psql.execute(COPY, bent(paid, **{name: uuid4()}))

    @pytest.mark.parametrize("name", NAMED[:2] + NAMED[3:])
    def test_name_it_when_they_are_changed_too(self, paid: Payment, superuser_url: str, name: str) -> None:
        with (
            psycopg.connect(superuser_url) as owner,
            pytest.raises(psycopg.errors.ForeignKeyViolation, match="names what is not there"),
        ):
            owner.execute(
                f"UPDATE payments_payment SET {name} = %s WHERE id = %s".encode(),  # noqa: S608 - ours
                [uuid4(), decode("pay", paid.id)],
            )


class TestBatches:
    @pytest.mark.parametrize(
        "statement",
        [
            "DELETE FROM payments_paymentbatch",
            "TRUNCATE payments_paymentbatch",
            "UPDATE payments_paymentbatch SET id = gen_random_uuid() WHERE status = 'RCVD'",
        ],
    )
    def test_stay_whoever_writes(self, real_db: None, superuser_url: str, statement: str) -> None:
        boss = employer()
        boss.announce(boss.transfers(100))
        with (
            psycopg.connect(superuser_url) as owner,
            pytest.raises(psycopg.errors.IntegrityConstraintViolation, match="a batch stays"),
        ):
            owner.execute(statement.encode())
