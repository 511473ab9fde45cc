"""What a payment names is there and stays, without a foreign key for each row."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from bank.public_ids import decode
from oauth.models import User
from payments.models import Payment
from tests.payments.batching import employer
from tests.support.customers import someone

NAMED = (
    "debtor_account_id", "creditor_account_id", "posting_id", "batch_id", "user_id", "consent_id",
    "original_id", "fx_quote_id",
)  # fmt: skip
# A second payment like the first, but for what is given; what is said once is new.
COPY = """
    INSERT INTO payments_payment (id, kind, status, reason_code, refusal, debtor_account_id,
                                  creditor_account_id, amount, currency, reference, end_to_end_id,
                                  posting_id, user_id, consent_id, original_id, fx_quote_id,
                                  uses_up_consent, version, batch_id, batch_item)
    SELECT gen_random_uuid(), %(kind)s, %(status)s, %(reason)s, refusal,
           coalesce(%(debtor_account_id)s, debtor_account_id),
           coalesce(%(creditor_account_id)s, creditor_account_id), amount, currency, reference, end_to_end_id,
           %(posting_id)s, coalesce(%(user_id)s, user_id), %(consent_id)s, %(original_id)s, %(fx_quote_id)s,
           false, 1, coalesce(%(batch_id)s, batch_id), 2
      FROM payments_payment WHERE id = %(like)s
"""


REMOVALS = {
    "user_id": "DELETE FROM oauth_user WHERE id = %s",
    "consent_id": "DELETE FROM oauth_consent WHERE id = %s",
}


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
    kind = "refund" if "original_id" in changes else "internal"
    like = {"like": decode("pay", paid.id), "kind": kind}
    return {**dict.fromkeys(NAMED), **like, **unposted, **posted, **changes}


def wait_until_blocked(session: psycopg.Connection[Any], url: str) -> None:
    """Wait until this session waits for the lock of another, half a minute at most."""
    asked = "SELECT cardinality(pg_blocking_pids(%s)) > 0"
    with psycopg.connect(url, autocommit=True) as watcher:
        for _ in range(300):
            [is_blocked] = watcher.execute(asked, [session.info.backend_pid]).fetchone() or [False]
            if is_blocked:
                return
            time.sleep(0.1)
    pytest.fail("nobody waited")


class TestPayments:
    def test_may_name_what_is_there(self, paid: Payment, psql: psycopg.Connection[Any]) -> None:
        assert psql.execute(COPY, bent(paid)).rowcount == 1

    @pytest.mark.parametrize("name", NAMED)
    def test_name_what_is_there(self, paid: Payment, psql: psycopg.Connection[Any], name: str) -> None:
        with pytest.raises(psycopg.errors.ForeignKeyViolation, match="names what is not there"):
            psql.execute(COPY, bent(paid, **{name: uuid4()}))

    @pytest.mark.parametrize("name", [name for name in NAMED if name not in ("posting_id", "original_id")])
    def test_name_it_when_they_are_changed_too(self, paid: Payment, superuser_url: str, name: str) -> None:
        with (
            psycopg.connect(superuser_url) as owner,
            pytest.raises(psycopg.errors.ForeignKeyViolation, match="names what is not there"),
        ):
            owner.execute(
                f"UPDATE payments_payment SET {name} = %s WHERE id = %s".encode(),  # noqa: S608 - ours
                [uuid4(), decode("pay", paid.id)],
            )


class TestWhoPaid:
    """A login and a consent may be removed, but not while a payment names them."""

    @pytest.fixture
    def nobody(self, real_db: None) -> UUID:
        """A login nothing else names."""
        return decode("usr", User.objects.create_user(f"nobody-{uuid4()}").id)

    @pytest.mark.parametrize(
        "statement",
        [
            "DELETE FROM oauth_user WHERE id = %s",
            "UPDATE oauth_user SET id = gen_random_uuid() WHERE id = %s",
        ],
    )
    def test_stays_whoever_writes(
        self, nobody: UUID, paid: Payment, superuser_url: str, statement: str
    ) -> None:
        with psycopg.connect(superuser_url) as owner:
            owner.execute(COPY, bent(paid, user_id=nobody))
            with pytest.raises(
                psycopg.errors.ForeignKeyViolation, match="payments name this row of oauth_user"
            ):
                owner.execute(statement.encode(), [nobody])

    def test_may_go_without_payments(self, nobody: UUID, superuser_url: str) -> None:
        with psycopg.connect(superuser_url) as owner:
            assert owner.execute("DELETE FROM oauth_user WHERE id = %s", [nobody]).rowcount == 1

    @pytest.mark.parametrize(
        "statement",
        [
            "DELETE FROM oauth_consent WHERE id = %s",
            "UPDATE oauth_consent SET id = gen_random_uuid() WHERE id = %s",
        ],
    )
    def test_consent_stays(self, paid: Payment, superuser_url: str, statement: str) -> None:
        consent = self._consent()
        with psycopg.connect(superuser_url) as owner:
            owner.execute(COPY, bent(paid, consent_id=consent))
            with pytest.raises(
                psycopg.errors.ForeignKeyViolation, match="payments name this row of oauth_consent"
            ):
                owner.execute(statement.encode(), [consent])

    @pytest.mark.parametrize("table", ["oauth_user", "oauth_consent"])
    def test_are_not_emptied(self, paid: Payment, superuser_url: str, table: str) -> None:
        with (
            psycopg.connect(superuser_url) as owner,
            pytest.raises(psycopg.errors.IntegrityConstraintViolation, match=f"no TRUNCATE on {table}"),
        ):
            owner.execute(f"TRUNCATE {table} CASCADE".encode())

    @pytest.mark.parametrize("named", ["user_id", "consent_id"])
    @pytest.mark.parametrize("first", ["the payment", "the removal"])
    def test_is_not_removed_while_a_payment_is_written(
        self, nobody: UUID, paid: Payment, superuser_url: str, first: str, named: str
    ) -> None:
        """Whoever comes second waits for the first to commit, and is refused."""
        who = nobody if named == "user_id" else self._consent()
        steps = [(COPY, bent(paid, **{named: who})), (REMOVALS[named], [who])]
        one, two = steps if first == "the payment" else reversed(steps)
        with psycopg.connect(superuser_url) as early, psycopg.connect(superuser_url) as late:
            for each in early, late:  # no foreign key is asked then: what refuses is what is tested
                each.execute("SET session_replication_role = replica")
            early.execute(one[0].encode(), one[1])
            with ThreadPoolExecutor(1) as threads:
                second = threads.submit(late.execute, two[0].encode(), two[1])
                wait_until_blocked(late, superuser_url)
                early.commit()
                with pytest.raises(psycopg.errors.ForeignKeyViolation):
                    second.result()

    @staticmethod
    def _consent() -> UUID:
        person = someone()
        return decode("con", str(person.app([person.account()]).consent_id))


class TestPaymentsAndQuotes:
    QUOTE = """
        INSERT INTO payments_fxquote (id, user_id, unit_currency, quoted_currency, rate, sell, buy,
                                      rounding_difference, expires_at, version)
        SELECT gen_random_uuid(), user_id, 'GBP', 'EUR', 1, 1, 1, 0, now(), 1
          FROM payments_payment WHERE id = %s
        RETURNING id
    """

    @pytest.mark.parametrize("table", ["payments_payment", "payments_fxquote"])
    @pytest.mark.parametrize(
        "statement",
        [
            "DELETE FROM {} WHERE id = '{}'",
            "TRUNCATE {} CASCADE",
            "UPDATE {} SET id = gen_random_uuid() WHERE id = '{}'",
        ],
    )
    def test_stay_whoever_writes(self, paid: Payment, superuser_url: str, statement: str, table: str) -> None:
        """The statement names its own row: of the others, another rule may answer first."""
        refused = pytest.raises(psycopg.errors.IntegrityConstraintViolation, match="what payments name stays")
        rows = {"payments_payment": decode("pay", paid.id)}
        with psycopg.connect(superuser_url) as owner:
            quote = owner.execute(self.QUOTE, [decode("pay", paid.id)]).fetchone()
            rows["payments_fxquote"] = quote and quote[0]
            owner.execute("SET CONSTRAINTS ALL IMMEDIATE")
            with refused:
                owner.execute(statement.format(table, rows[table]).encode())


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
