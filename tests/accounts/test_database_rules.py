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

MOVE = """
    UPDATE accounts_account SET booked = %(balance)s, last_seq = %(seq)s, last_booked_at = %(at)s
     WHERE id = %(account)s
"""


def broken(words: str) -> Any:
    """Expect one of the ledger's triggers to refuse in these words."""
    return pytest.raises(psycopg.errors.IntegrityConstraintViolation, match=words)


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

    def test_stand_where_their_newest_entry_left_them(
        self, account: Account, psql: psycopg.Connection[Any]
    ) -> None:
        by_hand = ByHand(account, someone().account("1.00"))
        moved = [{**line, "balance": line["balance"] + 1} for line in by_hand.lines]
        with broken("not what its entries say"):
            at_once(
                psql,
                *((MOVE, line) for line in moved),
                (POSTING, by_hand.posting),
                *((ENTRY, line) for line in by_hand.lines),
            )

    def test_of_a_new_account_are_nothing(self, real_db: None, psql: psycopg.Connection[Any]) -> None:
        with broken("not what its entries say"):
            psql.execute(
                "INSERT INTO accounts_account (id, name, kind, currency, status, last4, version, booked) "
                "VALUES (gen_random_uuid(), 'mine', 'current', 'GBP', 'ENABLED', '', 1, 100)"
            )


class TestAccounts:
    @pytest.mark.parametrize(
        "statement",
        [
            "DELETE FROM accounts_account WHERE id = %s",
            "UPDATE accounts_account SET currency = 'EUR' WHERE id = %s",
            "UPDATE accounts_account SET id = gen_random_uuid() WHERE id = %s",
        ],
    )
    def test_stay_whoever_writes(self, account: Account, superuser_url: str, statement: str) -> None:
        with psycopg.connect(superuser_url) as owner, broken("an account stays"):
            owner.execute(statement.encode(), [uuid_of(account)])

    def test_are_not_emptied(self, account: Account, superuser_url: str) -> None:
        with psycopg.connect(superuser_url) as owner, broken("an account stays"):
            owner.execute("TRUNCATE accounts_account CASCADE")


class ByHand:
    """A transfer of 5.00 written by hand, as somebody at psql would; each part can be bent."""

    def __init__(self, debtor: Account, creditor: Account) -> None:
        self.at = dt.datetime.now(dt.UTC)
        self.posting: dict[str, Any] = {"posting": uuid4(), "legs": 2, "at": self.at}
        self.lines = [self._line(1, debtor, -500), self._line(2, creditor, 500)]

    def _line(self, leg: int, account: Account, minor: int) -> dict[str, Any]:
        return {
            "posting": self.posting["posting"],
            "leg": leg,
            "account": uuid_of(account),
            "seq": account.last_seq + 1,
            "direction": "DBIT" if minor < 0 else "CRDT",
            "amount": abs(minor),
            "currency": account.currency,
            "balance": account.booked + minor,
            "at": self.at,
        }

    def bend(self, **changes: Any) -> "ByHand":
        """Change the line of the debtor."""
        self.lines[0] |= changes
        return self

    def bend_all(self, **changes: Any) -> "ByHand":
        """Change the posting and both its lines."""
        for each in (self.posting, *self.lines):
            each.update(changes)
        return self

    def write(
        self, psql: psycopg.Connection[Any], *, moves_accounts: bool = True, posts: bool = True
    ) -> None:
        """Write by one statement, as the ledger does."""
        moves = [(MOVE, line) for line in self.lines if moves_accounts]
        postings = [(POSTING, self.posting)] if posts else []
        at_once(psql, *moves, *postings, *((ENTRY, line) for line in self.lines))


def at_once(psql: psycopg.Connection[Any], *writes: tuple[str, dict[str, Any]]) -> None:
    """Run statements that write as one: `WITH a AS (…), b AS (…) SELECT`."""
    parts, values = [], {}
    for number, (statement, given) in enumerate(writes):
        parts.append(f"part_{number} AS ({statement.replace('%(', f'%(part_{number}_')})")
        values |= {f"part_{number}_{name}": value for name, value in given.items()}
    psql.execute(f"WITH {', '.join(parts)} SELECT".encode(), values)


class TestPostings:
    @pytest.fixture
    def by_hand(self, account: Account) -> ByHand:
        return ByHand(account, someone().account("1.00"))

    def test_are_accepted_when_everything_is_right(
        self, account: Account, by_hand: ByHand, psql: psycopg.Connection[Any]
    ) -> None:
        by_hand.write(psql)
        assert Account.objects.get(id=account.id).booked == account.booked - 500

    @pytest.mark.parametrize("minor", [499, 501])
    def test_make_no_money_out_of_nothing(
        self, account: Account, by_hand: ByHand, psql: psycopg.Connection[Any], minor: int
    ) -> None:
        with broken("does not sum to zero"):
            by_hand.bend(amount=minor, balance=account.booked - minor).write(psql)

    def test_have_all_the_legs_they_say(self, by_hand: ByHand, psql: psycopg.Connection[Any]) -> None:
        by_hand.posting["legs"] = 3
        with broken("does not sum to zero in 3 entries"):
            by_hand.write(psql)

    def test_leave_no_gap_in_the_numbers(self, by_hand: ByHand, psql: psycopg.Connection[Any]) -> None:
        with broken("does not continue its account"):
            by_hand.bend(seq=by_hand.lines[0]["seq"] + 1).write(psql)

    def test_begin_at_one(self, account: Account, psql: psycopg.Connection[Any]) -> None:
        by_hand = ByHand(account, someone().account())
        by_hand.lines[1]["seq"] = 2
        with broken("does not continue its account"):
            by_hand.write(psql)

    def test_go_on_from_the_balance_before(self, by_hand: ByHand, psql: psycopg.Connection[Any]) -> None:
        with broken("does not continue its account"):
            by_hand.bend(balance=by_hand.lines[0]["balance"] + 1).write(psql)

    def test_never_go_back_in_time(self, by_hand: ByHand, psql: psycopg.Connection[Any]) -> None:
        with broken("does not continue its account"):
            by_hand.bend_all(at=dt.datetime(2001, 1, 1, tzinfo=dt.UTC)).write(psql)

    def test_have_one_moment(self, by_hand: ByHand, psql: psycopg.Connection[Any]) -> None:
        by_hand.posting["at"] += dt.timedelta(seconds=1)
        with broken("not of their posting"):
            by_hand.write(psql)

    def test_move_their_accounts(self, by_hand: ByHand, psql: psycopg.Connection[Any]) -> None:
        with broken("does not continue its account"):
            by_hand.write(psql, moves_accounts=False)

    def test_take_no_entry_afterwards(
        self, account: Account, by_hand: ByHand, psql: psycopg.Connection[Any]
    ) -> None:
        newest = Entry.objects.filter(account=account).latest("seq").posting
        other = next(entry.account for entry in newest.entries.all() if entry.account_id != account.id)
        late = ByHand(account, other).bend_all(posting=decode("pst", newest.id), at=newest.booked_at)
        for leg, line in enumerate(late.lines, 3):
            line["leg"] = leg
        with broken("not of their posting"):
            late.write(psql, posts=False)

    @pytest.mark.parametrize("first", ["posting", "accounts"])
    def test_come_with_everything_by_one_statement(
        self, by_hand: ByHand, psql: psycopg.Connection[Any], first: str
    ) -> None:
        steps = {"posting": [(POSTING, by_hand.posting)], "accounts": [(MOVE, x) for x in by_hand.lines]}
        with broken("does not sum to zero|not what its entries say"), psql.transaction():
            at_once(psql, *steps[first])
            steps.pop(first)
            at_once(psql, *steps.popitem()[1], *((ENTRY, line) for line in by_hand.lines))

    def test_have_entries_of_themselves(self, by_hand: ByHand, psql: psycopg.Connection[Any]) -> None:
        for line in by_hand.lines:
            line["posting"] = uuid4()
        with broken("not of their posting"):
            by_hand.write(psql, posts=False)

    def test_are_on_accounts_that_are_there(self, by_hand: ByHand, psql: psycopg.Connection[Any]) -> None:
        with broken("does not continue its account"):
            by_hand.bend(account=uuid4(), seq=1, balance=-500).write(psql)

    def test_are_in_the_currency_of_the_account(self, by_hand: ByHand, psql: psycopg.Connection[Any]) -> None:
        with broken("does not continue its account"):
            by_hand.bend_all(currency="EUR").write(psql)

    @pytest.mark.parametrize("leg", [0, 1])
    def test_are_in_one_currency_on_an_account(
        self, account: Account, by_hand: ByHand, psql: psycopg.Connection[Any], leg: int
    ) -> None:
        """Forth and back on one account, balanced in each of two currencies, one of which is not its own."""
        pair = self._forth_and_back(account, by_hand)
        for line in pair[2 * leg : 2 * leg + 2]:
            line["currency"] = "EUR"
        with broken("does not continue its account"):
            at_once(psql, (MOVE, pair[-1]), (POSTING, by_hand.posting), *((ENTRY, line) for line in pair))

    def test_may_go_forth_and_back_on_an_account(
        self, account: Account, by_hand: ByHand, psql: psycopg.Connection[Any]
    ) -> None:
        pair = self._forth_and_back(account, by_hand)
        at_once(psql, (MOVE, pair[-1]), (POSTING, by_hand.posting), *((ENTRY, line) for line in pair))
        assert Account.objects.get(id=account.id).last_seq == account.last_seq + 4

    @pytest.mark.parametrize(
        "changes", [{"seq": 100}, {"balance": 1}, {"at": dt.datetime(2001, 1, 1, tzinfo=dt.UTC)}]
    )
    def test_continue_each_other(
        self, account: Account, by_hand: ByHand, psql: psycopg.Connection[Any], changes: dict[str, Any]
    ) -> None:
        """A line that follows another of its own statement is looked at as closely as the first."""
        pair = self._forth_and_back(account, by_hand)
        pair[2] |= changes
        with broken("does not continue its account"):
            at_once(psql, (MOVE, pair[-1]), (POSTING, by_hand.posting), *((ENTRY, line) for line in pair))

    def test_do_not_go_back_in_time_within_a_statement(
        self, account: Account, by_hand: ByHand, psql: psycopg.Connection[Any]
    ) -> None:
        pair = self._forth_and_back(account, by_hand)
        earlier = {"posting": uuid4(), "legs": 2, "at": by_hand.at}
        later = {**earlier, "posting": uuid4(), "at": by_hand.at + dt.timedelta(seconds=1)}
        for place, line in enumerate(pair):
            posting = later if place < 2 else earlier
            line |= {"posting": posting["posting"], "at": posting["at"], "leg": place % 2 + 1}
        with broken("does not continue its account"):
            at_once(
                psql,
                (MOVE, pair[-1]),
                *((POSTING, posting) for posting in (later, earlier)),
                *((ENTRY, line) for line in pair),
            )

    @staticmethod
    def _forth_and_back(account: Account, by_hand: ByHand) -> list[dict[str, Any]]:
        by_hand.posting["legs"] = 4
        lines = []
        for place, minor in enumerate((-500, 500, -500, 500)):
            line = by_hand._line(place + 1, account, minor)
            line["seq"] += place
            line["balance"] = account.booked + (minor if minor < 0 else 0)
            lines.append(line)
        return lines

    def test_have_two_legs_or_more(self, by_hand: ByHand, psql: psycopg.Connection[Any]) -> None:
        by_hand.posting["legs"] = 1
        with pytest.raises(psycopg.errors.CheckViolation, match="two_legs"):
            by_hand.write(psql)

    @pytest.mark.parametrize("amount", [0, -500])
    def test_move_more_than_nothing(
        self, by_hand: ByHand, psql: psycopg.Connection[Any], amount: int
    ) -> None:
        with pytest.raises(psycopg.errors.CheckViolation, match="amount_is_positive"):
            by_hand.bend(amount=amount).write(psql)

    def test_are_reversed_once(self, account: Account, superuser_url: str) -> None:
        with psycopg.connect(superuser_url) as owner:
            unique = owner.execute(
                "SELECT indisunique FROM pg_index JOIN pg_attribute a ON a.attrelid = indrelid "
                "AND a.attnum = ANY (indkey) WHERE indrelid = 'accounts_posting'::regclass "
                "AND attname = 'reverses_id'"
            ).fetchall()
        assert unique == [(True,)]
