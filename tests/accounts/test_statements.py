"""Statements: one truth in four forms, the same bytes for ever, whatever their length."""

import csv
import datetime as dt
import hashlib
import io
import json
import re
import tracemalloc
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

import psycopg
import pytest
from django.db import IntegrityError

from accounts import queries, statements
from accounts.models import Account, Statement
from accounts.money import Money
from accounts.operations import Line, NewPosting, make_due_statements, make_statement, post_entries
from accounts.operations import statements as statement_operations
from accounts.queries import get_settlement_account
from accounts.queries.statements import StatementLine
from accounts.statements.csv_form import plain
from audit.actor import system
from audit.operations import record
from bank.database import asking
from bank.public_ids import decode, new
from tests.oauth.threads import all_at_once
from tests.pages.conftest import Browser, cheap_hashing
from tests.support.customers import BY, someone, staff
from tests.support.days import today
from tests.support.own_app import signed_in

__all__ = ["cheap_hashing"]
NS = {"c": "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"}
HOSTILE = '=HYPERLINK("http://x","y") <&"(\\)’'


def moved(account: Account, minor: int, at: dt.datetime, reference: str = "rent") -> None:
    """Book money in or out at a moment of the past."""
    from django.db import transaction

    outside, money = get_settlement_account(account.currency).id, Money(minor, account.currency)
    lines = (Line(outside, -money), Line(account.id, money))
    kind = "deposit" if minor > 0 else "withdrawal"
    posting = NewPosting(kind=kind, lines=lines, reference=reference, booked_at=at)
    with transaction.atomic():
        post_entries([posting])
        record("posting.booked", by=BY, target=("posting", posting.id), event_id=posting.event_id)


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


# CLF keeps the settlement account of these tests apart: its moments never go back either.
@pytest.fixture
def account(db: None) -> Account:
    opened = someone().account(currency="CLF")
    moved(opened, 100_000, at("2024-01-31T23:59:59.999999"))
    moved(opened, 5_000, at("2024-02-01T00:00:00"), HOSTILE)
    moved(opened, -20_000, at("2024-02-29T23:59:59"))
    moved(opened, 1, at("2024-03-01T00:00:00"))
    return Account.objects.get(id=opened.id)


@pytest.fixture
def february(account: Account) -> Statement:
    make_statement(account.id, dt.date(2024, 1, 1), by=BY)
    made = make_statement(account.id, dt.date(2024, 2, 1), by=BY)
    return queries.get_statement(account.id, made.id, seen_by=staff())


def written(statement: Statement, form: str) -> bytes:
    return b"".join(statements.pieces(statement, form))


class TestMakeStatement:
    def test_begins_and_ends_with_its_month_in_utc(self, february: Statement) -> None:
        assert (february.begins_on, february.ends_on) == (dt.date(2024, 2, 1), dt.date(2024, 2, 29))
        assert (february.first_seq, february.last_seq) == (2, 3)
        assert (february.opening_balance, february.closing_balance) == (100_000, 85_000)
        assert (february.credit_total, february.debit_total) == (5_000, 20_000)

    def test_goes_on_where_the_last_one_ended_also_when_nothing_happened(self, account: Account) -> None:
        months = [dt.date(2024, month, 1) for month in range(1, 6)]
        made = [make_statement(account.id, month, by=BY) for month in months]
        assert [(s.first_seq, s.last_seq) for s in made] == [(1, 1), (2, 3), (4, 4), (5, 4), (5, 4)]
        assert [s.opening_balance for s in made[1:]] == [s.closing_balance for s in made[:-1]]

    def test_is_made_once_by_however_many(self, real_db: None) -> None:
        opened = someone().account()

        def act() -> str:
            try:
                return str(make_statement(opened.id, dt.date(2026, 1, 1), by=BY).begins_on)
            except IntegrityError:
                return "made already"

        assert sorted(all_at_once(6, act)) == ["2026-01-01"] + ["made already"] * 5


class TestMakeDueStatements:
    def test_makes_each_month_that_is_over_once(
        self, account: Account, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        at_once = 12 * Account.objects.count()  # it is the last, after whoever others opened
        monkeypatch.setattr("accounts.operations.statements.MADE_AT_ONCE", at_once)
        make_due_statements(by=system("tests"), today=dt.date(2024, 4, 2))
        made = queries.list_statements(account, seen_by=BY)
        assert [s.begins_on.month for s in made] == [3, 2, 1]
        assert make_due_statements(by=system("tests"), today=dt.date(2024, 4, 30)) == 0

    def test_passes_by_an_account_whose_statement_cannot_be_made(
        self, account: Account, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        failing, behind = account, someone().account()
        written, due = statement_operations._written, statement_operations._due
        monkeypatch.setattr(statement_operations, "MADE_AT_ONCE", Account.objects.count())
        monkeypatch.setattr(  # whoever others opened need not get theirs
            statement_operations, "_due", lambda day: [x for x in due(day) if x[0] in {failing.id, behind.id}]
        )

        def refused(of: Account, *days: dt.date) -> Statement:
            if of.id == failing.id:
                asking.execute("SELECT 1 / 0")
            return written(of, *days)

        monkeypatch.setattr(statement_operations, "_written", refused)
        next_month = today().replace(day=28) + dt.timedelta(days=14)
        make_due_statements(by=system("tests"), today=next_month)
        assert queries.list_statements(failing, seen_by=BY) == []
        assert len(queries.list_statements(behind, seen_by=BY)) == 1
        (line,) = [each for each in caplog.records if each.message == "one piece of work failed"]
        assert (line.account_id, line.error_type) == (failing.id, "DataError")  # type: ignore[attr-defined]

    def test_takes_accounts_in_no_order(self, account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
        """Else as many as are taken at once, none of whose statements can be made, are all that are tried."""
        someone().account()
        monkeypatch.setattr(statement_operations, "MADE_AT_ONCE", 1)
        next_month = today().replace(day=28) + dt.timedelta(days=14)
        assert len({statement_operations._due(next_month)[0][0] for _ in range(64)}) > 1

    def test_leaves_the_present_month_alone(self, account: Account) -> None:
        make_due_statements(by=system("tests"), today=dt.date(2024, 1, 31))
        assert queries.list_statements(account, seen_by=BY) == []


class TestForms:
    def test_say_the_same_totals(self, february: Statement) -> None:
        totals = [
            of_json(written(february, "json")),
            of_csv(written(february, "csv")),
            of_camt(written(february, "camt053")),
            of_pdf(written(february, "pdf")),
        ]
        assert totals == [("10.0000", "8.5000", "0.5000", "2.0000")] * 4

    @pytest.mark.parametrize("form", list(statements.FORMS))
    def test_are_the_bytes_whose_digest_was_kept(self, february: Statement, form: str) -> None:
        digest = hashlib.sha256(written(february, form)).hexdigest()
        assert february.sha256[form] == digest

    def test_do_not_change_with_what_may_change(self, account: Account, february: Statement) -> None:
        Account.objects.filter(id=account.id).update(name="Another name")
        moved(account, 77, at("2024-03-02T00:00:00"))
        fresh = queries.get_statement(account.id, february.id, seen_by=staff())
        assert statements.digests(fresh) == february.sha256

    def test_the_same_input_gives_bytes_written_down_here(self) -> None:
        """Who changes a form changes statements that were handed out: so these digests never change."""
        fixed = Statement(
            id="stm_01jz3k00000000000000000000",
            account=Account(id="acc_01jz3k00000000000000000000", iban="GB00HARB04000400000000"),
            begins_on=dt.date(2024, 2, 1), ends_on=dt.date(2024, 2, 29), first_seq=1, last_seq=1,
            opening_balance=0, closing_balance=-150, credit_count=0, credit_total=0, debit_count=1,
            debit_total=150, currency="GBP", made_at=at("2024-03-01T00:00:01"),
        )  # fmt: skip
        line = StatementLine(
            1, "txn_01jz3k00000000000000000000", "DBIT", 150, -150, at("2024-02-03T04:05:06"), "transfer",
            HOSTILE, "",
        )  # fmt: skip
        digests = {
            name: hashlib.sha256(b"".join(form.write(fixed, [line]))).hexdigest()[:16]
            for name, form in statements.FORMS.items()
        }
        assert digests == WRITTEN_DOWN

    @pytest.mark.parametrize("short", [500, pytest.param(2_000, marks=pytest.mark.slow)])
    def test_take_no_more_memory_for_a_long_statement(self, short: int) -> None:
        def peak(count: int, form: str) -> int:
            fixed = Statement(
                id=new("stm"), account=Account(id=new("acc"), iban="GB00"), begins_on=dt.date(2024, 2, 1),
                ends_on=dt.date(2024, 2, 29), first_seq=1, last_seq=count, opening_balance=0,
                closing_balance=count, credit_count=count, credit_total=count, debit_count=0, debit_total=0,
                currency="GBP", made_at=at("2024-03-01T00:00:01"),
            )  # fmt: skip
            tracemalloc.start()
            for _ in statements.FORMS[form].write(fixed, lines(count)):
                pass
            size = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
            return size

        for form in statements.FORMS:
            assert peak(10 * short, form) < 2 * peak(short, form) + 100_000, form


WRITTEN_DOWN = {
    "json": "248e5b29bb451187",
    "csv": "35e5af7e30a1d170",
    "pdf": "caabd88f248c80b4",
    "camt053": "453a75fb57b6ae13",
}


def lines(count: int) -> Iterator[StatementLine]:
    for seq in range(1, count + 1):
        yield StatementLine(seq, "txn_x", "CRDT", 1, seq, at("2024-02-03T04:05:06"), "deposit", "in", "")


class TestCsv:
    @pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\uff1d1"])
    def test_never_begins_a_formula(self, text: str) -> None:
        assert plain(text) == f"'{text}"

    def test_leaves_other_text_as_it_is(self) -> None:
        assert plain("rent = 5") == "rent = 5"

    def test_keeps_hostile_text_in_its_cell(self, february: Statement) -> None:
        rows = list(csv.DictReader(io.StringIO(written(february, "csv").decode())))
        assert rows[1]["reference"] == f"'{HOSTILE}"
        assert {len(row) for row in rows} == {11}


class TestCamt053:
    def test_has_the_elements_of_the_schema_in_its_order(self, february: Statement) -> None:
        document = ElementTree.fromstring(written(february, "camt053"))  # noqa: S314 - our own bytes
        statement = document.find("c:BkToCstmrStmt/c:Stmt", NS)
        assert statement is not None
        assert names(statement) == [
            "Id", "CreDtTm", "FrToDt", "Acct", "Bal", "Bal", "TxsSummry", "Ntry", "Ntry",
        ]  # fmt: skip
        entry = statement.findall("c:Ntry", NS)[0]
        assert names(entry) == [
            "NtryRef", "Amt", "CdtDbtInd", "Sts", "BookgDt", "AcctSvcrRef", "BkTxCd", "NtryDtls",
        ]  # fmt: skip
        assert entry.findtext("c:NtryDtls/c:TxDtls/c:RmtInf/c:Ustrd", namespaces=NS) == HOSTILE
        assert all(len(text) <= 35 for text in ids_of(document))


def names(element: ElementTree.Element) -> list[str]:
    return [child.tag.rpartition("}")[2] for child in element]


def ids_of(document: ElementTree.Element) -> list[str]:
    wanted = {"MsgId", "Id", "NtryRef", "AcctSvcrRef", "Cd"}
    return [e.text or "" for e in document.iter() if e.tag.rpartition("}")[2] in wanted and not list(e)]


class TestPdf:
    def test_has_a_table_that_finds_every_object(self, february: Statement) -> None:
        pdf = written(february, "pdf")
        begins = int(re.findall(rb"startxref\n(\d+)\n%%EOF\n$", pdf)[0])
        assert pdf[begins : begins + 5] == b"xref\n"
        offsets = [int(row) for row in re.findall(rb"(\d{10}) 00000 n \n", pdf[begins:])]
        for number, offset in enumerate(offsets, 1):
            assert pdf[offset:].startswith(b"%d 0 obj\n" % number)

    def test_escapes_what_ends_a_string(self, february: Statement) -> None:
        assert b'<&"\\(\\\\\\)\x92' in written(february, "pdf")

    def test_says_the_right_length_of_each_stream(self, february: Statement) -> None:
        pdf = written(february, "pdf")
        for found in re.finditer(rb"<</Length (\d+)>>\nstream\n", pdf):
            end = found.end() + int(found[1])
            assert pdf[end:].startswith(b"\nendstream")


class TestDatabase:
    @pytest.mark.parametrize(
        "statement", ["UPDATE accounts_statement SET closing_balance = 0", "DELETE FROM accounts_statement"]
    )
    def test_changes_no_statement(
        self, real_db: None, superuser_url: str, database_urls: dict[str, str], statement: str
    ) -> None:
        make_statement(someone().account().id, dt.date(2026, 1, 1), by=BY)
        with (
            psycopg.connect(database_urls["bank_app"]) as psql,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            psql.execute(statement)  # type: ignore[arg-type]
        with (
            psycopg.connect(superuser_url) as owner,
            pytest.raises(psycopg.errors.IntegrityConstraintViolation, match="append only"),
        ):
            owner.execute(statement)  # type: ignore[arg-type]

    @pytest.mark.parametrize(
        ("column", "value"),
        [("opening_balance", 1), ("first_seq", 3), ("currency", "'EUR'"), ("credit_total", 5)],
    )
    def test_takes_none_that_says_something_else_than_the_entries(
        self, real_db: None, database_urls: dict[str, str], column: str, value: Any
    ) -> None:
        opened = someone().account()
        values = {
            "first_seq": "1", "last_seq": "0", "opening_balance": "0", "closing_balance": "0",
            "credit_count": "0", "credit_total": "0", "debit_count": "0", "debit_total": "0",
            "currency": "'GBP'", column: str(value),
        }  # fmt: skip
        with (
            psycopg.connect(database_urls["bank_app"]) as psql,
            pytest.raises((psycopg.errors.IntegrityConstraintViolation, psycopg.errors.CheckViolation)),
        ):
            psql.execute(
                f"INSERT INTO accounts_statement (id, account_id, begins_on, ends_on, {', '.join(values)},"  # type: ignore[arg-type] # noqa: S608
                " sha256, made_at, last_event_id) VALUES (gen_random_uuid(), %s, '2026-01-01', '2026-01-31',"
                f" {', '.join(values.values())}, '{{}}', now(), gen_random_uuid())",
                [decode("acc", opened.id)],
            )


class TestOverHttp:
    @pytest.mark.parametrize(
        ("accept", "form", "content_type"),
        [
            ("application/json", "json", "application/json"),
            ("text/csv", "csv", "text/csv; charset=utf-8"),
            ("application/pdf", "pdf", "application/pdf"),
            ("application/xml", "camt053", "application/xml"),
        ],
    )
    def test_answers_the_form_that_is_accepted(
        self, db: None, accept: str, form: str, content_type: str
    ) -> None:
        person = someone()
        opened = person.account("5.00")
        made = make_statement(opened.id, dt.date(2026, 1, 1), by=BY)
        app, path = signed_in(person.user), f"/accounts/{opened.id}/statements"
        assert [row["id"] for row in app.get(path).json["data"]] == [made.id]
        answered = app.get(f"{path}/{made.id}", Accept=accept)
        assert (answered.status, answered.headers["Content-Type"]) == (200, content_type)
        assert answered.headers["Repr-Digest"].startswith("sha-256=:")
        assert app.get(f"{path}/{made.id}", Accept="image/png").status == 406
        assert app.get(f"{path}/{new('stm')}", Accept=accept).status == 404
        assert signed_in(someone().user).get(f"{path}/{made.id}", Accept=accept).status == 404

    @pytest.mark.parametrize(
        ("accept", "content_type"),
        [
            ("text/csv;q=0, application/pdf", "application/pdf"),
            ("text/csv; q=0.000, text/*", None),
            ("application/json;q=0, application/pdf;q=0, */*", "text/csv; charset=utf-8"),
            ("*/*;q=0, application/xml", "application/xml"),
            ("*/*;q=0", None),
            ("text/csv;q=0.1", "text/csv; charset=utf-8"),
            ("text/csv;q=0.5, application/pdf", "application/pdf"),
            ("text/csv;q=0.5, */*;q=0.8", "application/json"),
            ("application/json;q=0.8, application/xml;q=0.9, */*;q=0.1", "application/xml"),
            ("*/*, text/csv", "text/csv; charset=utf-8"),
            ("application/*;q=0.2, text/csv;q=0.3", "text/csv; charset=utf-8"),
            ("APPLICATION/PDF; Q=1.000, application/json; q=0.999", "application/pdf"),
            ("application/json; charset=utf-8", "application/json"),
            ("text/csv;q=7, application/pdf;q=0.1", "text/csv; charset=utf-8"),
            ("text/csv;q=nan", "text/csv; charset=utf-8"),
            ("csv, /, ;q=1", None),
            (",", None),
        ],
    )
    def test_answers_the_form_of_the_greatest_weight_and_never_one_of_none(
        self, db: None, accept: str, content_type: str | None
    ) -> None:
        person = someone()
        opened = person.account("5.00")
        made = make_statement(opened.id, dt.date(2026, 1, 1), by=BY)
        answered = signed_in(person.user).get(f"/accounts/{opened.id}/statements/{made.id}", Accept=accept)
        if content_type is None:
            assert answered.status == 406
        else:
            assert (answered.status, answered.headers["Content-Type"]) == (200, content_type)

    def test_hands_the_same_file_out_on_the_page(self, db: None, browser: Browser) -> None:
        person = someone()
        opened = person.account()
        made = make_statement(opened.id, dt.date(2026, 1, 1), by=BY)
        browser.force_login(person.user)
        page = browser.get(f"/account/accounts/{opened.id}/statements/")
        assert "January 2026" in page.content.decode()
        for extension, form in (("pdf", "pdf"), ("csv", "csv"), ("xml", "camt053"), ("json", "json")):
            answered = browser.get(f"/account/accounts/{opened.id}/statements/{made.id}.{extension}")
            body = b"".join(answered.streaming_content)
            assert hashlib.sha256(body).hexdigest() == made.sha256[form]
        assert browser.get(f"/account/accounts/{opened.id}/statements/{made.id}.exe").status_code == 404


@pytest.fixture
def browser() -> Browser:
    return Browser()


def of_json(text: bytes) -> tuple[str, ...]:
    said = json.loads(text)
    credits_, debits = said["credits"], said["debits"]
    assert (credits_["count"], debits["count"], len(said["entries"])) == (1, 1, 2)
    return said["opening_balance"], said["closing_balance"], credits_["total"], debits["total"]


def of_csv(text: bytes) -> tuple[str, ...]:
    rows = {row["row"]: row for row in csv.DictReader(io.StringIO(text.decode()))}
    opening, closing = rows["opening"]["balance"], rows["closing"]["balance"]
    return opening, closing, rows["credits"]["amount"], rows["debits"]["amount"]


def of_camt(text: bytes) -> tuple[str, ...]:
    statement = ElementTree.fromstring(text).find("c:BkToCstmrStmt/c:Stmt", NS)  # noqa: S314 - our own bytes
    assert statement is not None
    balances = [balance.findtext("c:Amt", namespaces=NS) or "" for balance in statement.findall("c:Bal", NS)]
    sums = [
        statement.findtext(f"c:TxsSummry/c:{name}/c:Sum", namespaces=NS) or ""
        for name in ("TtlCdtNtries", "TtlDbtNtries")
    ]
    return (*balances, *sums)


def of_pdf(text: bytes) -> tuple[str, ...]:
    said = [line.split() for line in re.findall(r"\((.*)\) Tj", text.decode("cp1252"))]
    totals = {" ".join(words[:-1]): words[-1] for words in said if words}
    return (
        totals["Opening balance"], totals["Closing balance"], totals["Credits (1\\)".replace("(", "\\(")],
        totals["Debits (1\\)".replace("(", "\\(")],
    )  # fmt: skip
