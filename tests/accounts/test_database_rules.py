"""The database as the last line: a session of the application's own role cannot break the ledger."""

import datetime as dt
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from accounts.models import Account, Entry
from bank.public_ids import decode
from tests.support.customers import move, someone


@pytest.fixture
def account(real_db: None) -> Account:
    person = someone()
    account, other = person.account("100.00"), person.account()
    move(account, other, "1.00")
    return Account.objects.get(id=account.id)


@pytest.fixture
def psql(real_db: None, database_urls: dict[str, str]) -> Iterator[psycopg.Connection[Any]]:
    """A session of the application's own role, with autocommit as psql has."""
    with psycopg.connect(database_urls["bank_app"], autocommit=True) as connection:
        yield connection


def uuid_of(account: Account) -> Any:
    return decode("acc", account.id)


ENTRY = """
    INSERT INTO accounts_entry (id, posting_id, leg, account_id, seq, direction, amount, currency,
                                balance_after, booked_at)
    VALUES (gen_random_uuid(), %(posting)s, %(leg)s, %(account)s, %(seq)s, %(direction)s, %(amount)s,
            %(currency)s, %(balance)s, %(at)s)
"""
POSTING = """
    INSERT INTO accounts_posting (id, kind, audit_event_id, legs, reference, merchant_name,
                                  merchant_category_code, booked_at)
    VALUES (%(posting)s, 'transfer', gen_random_uuid(), %(legs)s, '', '', '', %(at)s)
"""


class TestAppendOnly:
    @pytest.mark.parametrize("table", ["accounts_entry", "accounts_posting", "payments_payment"])
    @pytest.mark.parametrize("statement", ["DELETE FROM {}", "TRUNCATE {} CASCADE", "UPDATE {} SET id = id"])
    def test_holds_against_the_applications_own_role(
        self, account: Account, psql: psycopg.Connection[Any], table: str, statement: str
    ) -> None:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            psql.execute(statement.format(table))  # type: ignore[arg-type]

    @pytest.mark.parametrize("table", ["accounts_entry", "accounts_posting"])
    @pytest.mark.parametrize(
        "statement", ["DELETE FROM {}", "TRUNCATE {} CASCADE", "UPDATE {} SET booked_at = now()"]
    )
    def test_holds_against_the_owner_by_trigger(
        self, account: Account, superuser_url: str, table: str, statement: str
    ) -> None:
        with (
            psycopg.connect(superuser_url) as owner,
            pytest.raises(psycopg.errors.IntegrityConstraintViolation),
        ):
            owner.execute(statement.format(table))  # type: ignore[arg-type]


class TestBalances:
    def test_cannot_change_without_an_entry(self, account: Account, psql: psycopg.Connection[Any]) -> None:
        with pytest.raises(psycopg.errors.IntegrityConstraintViolation, match="not what its entries say"):
            psql.execute("UPDATE accounts_account SET booked = booked + 1 WHERE id = %s", [uuid_of(account)])

    def test_cannot_fall_below_the_overdraft(self, account: Account, psql: psycopg.Connection[Any]) -> None:
        with pytest.raises(psycopg.errors.CheckViolation, match="within_the_overdraft"):
            psql.execute("UPDATE accounts_account SET booked = -1 WHERE id = %s", [uuid_of(account)])

    def test_have_no_overdraft_the_application_can_grant(
        self, account: Account, psql: psycopg.Connection[Any]
    ) -> None:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            psql.execute("UPDATE accounts_account SET overdraft_limit = 10 WHERE id = %s", [uuid_of(account)])

    def test_are_zero_when_an_account_closes(self, account: Account, psql: psycopg.Connection[Any]) -> None:
        with pytest.raises(psycopg.errors.CheckViolation, match="closed_account_is_empty"):
            psql.execute("UPDATE accounts_account SET status = 'CLOSED' WHERE id = %s", [uuid_of(account)])

    def test_of_the_banks_own_accounts_are_not_opened_by_the_application(
        self, real_db: None, psql: psycopg.Connection[Any]
    ) -> None:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            psql.execute(
                "INSERT INTO accounts_account (id, name, kind, currency, status, last4, version) "
                "VALUES (gen_random_uuid(), 'mine', 'suspense', 'GBP', 'ENABLED', '', 1)"
            )


class TestPostings:
    def line(self, account: Account, **changes: Any) -> dict[str, Any]:
        newest = Entry.objects.filter(account=account).latest("seq")
        return {
            "posting": uuid4(), "legs": 2, "leg": 1, "account": uuid_of(account), "seq": newest.seq + 1,
            "direction": "CRDT", "amount": 500, "currency": "GBP", "balance": account.booked + 500,
            "at": dt.datetime.now(dt.UTC), **changes,
        }  # fmt: skip

    def write(self, psql: psycopg.Connection[Any], line: dict[str, Any]) -> None:
        with psql.transaction():
            psql.execute(
                "UPDATE accounts_account SET booked = %(balance)s, last_seq = %(seq)s, "
                "last_booked_at = %(at)s WHERE id = %(account)s",
                line,
            )
            psql.execute(POSTING, line)
            psql.execute(ENTRY, line)

    def write_entry(self, psql: psycopg.Connection[Any], line: dict[str, Any]) -> None:
        with psql.transaction():
            psql.execute(
                "UPDATE accounts_account SET booked = %(balance)s, last_seq = %(seq)s WHERE id = %(account)s",
                line,
            )
            psql.execute(ENTRY, line)

    def test_make_no_money_out_of_nothing(self, account: Account, psql: psycopg.Connection[Any]) -> None:
        with pytest.raises(psycopg.errors.IntegrityConstraintViolation, match="does not sum to zero"):
            self.write(psql, self.line(account))

    @pytest.mark.parametrize(
        "changes", [{"seq": 99}, {"balance": 10**6}, {"at": dt.datetime(2001, 1, 1, tzinfo=dt.UTC)}]
    )
    def test_continue_their_account(
        self, account: Account, psql: psycopg.Connection[Any], changes: dict[str, Any]
    ) -> None:
        with pytest.raises(
            psycopg.errors.IntegrityConstraintViolation, match="does not continue its account"
        ):
            self.write(psql, self.line(account, **changes))

    def test_are_in_the_currency_of_the_account(
        self, account: Account, psql: psycopg.Connection[Any]
    ) -> None:
        with pytest.raises(psycopg.errors.ForeignKeyViolation):
            self.write(psql, self.line(account, currency="EUR"))

    def test_have_two_legs_or_more(self, account: Account, psql: psycopg.Connection[Any]) -> None:
        with pytest.raises(psycopg.errors.CheckViolation, match="two_legs"):
            self.write(psql, self.line(account, legs=1))

    def test_take_no_entry_afterwards(self, account: Account, psql: psycopg.Connection[Any]) -> None:
        posting = Entry.objects.filter(account=account).latest("seq").posting
        late = self.line(account, posting=decode("pst", posting.id), leg=3, at=posting.booked_at)
        with pytest.raises(psycopg.errors.IntegrityConstraintViolation):
            self.write_entry(psql, late)

    def test_are_reversed_once(self, account: Account, superuser_url: str) -> None:
        with psycopg.connect(superuser_url) as owner:
            unique = owner.execute(
                "SELECT indisunique FROM pg_index JOIN pg_attribute a ON a.attrelid = indrelid "
                "AND a.attnum = ANY (indkey) WHERE indrelid = 'accounts_posting'::regclass "
                "AND attname = 'reverses_id'"
            ).fetchall()
        assert unique == [(True,)]
