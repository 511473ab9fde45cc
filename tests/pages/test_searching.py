"""Looking for transactions on the page of an account: what is found, kept in the address, and refused."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Account
from accounts.money import Money
from accounts.operations import place_hold
from accounts.pages.search import SearchForm
from tests.pages.conftest import Browser, make_person
from tests.support.customers import Someone, deposit, open_customer_for, someone

pytestmark = pytest.mark.usefixtures("db")
# To come: money comes in from the one account of the bank, whose moments may not go back behind other tests'.
DAYS = [datetime(2036, 2, day, hour, tzinfo=UTC) for day in (1, 28) for hour in (0, 23)]


class Holder:
    """A customer with an account, signed in."""

    def __init__(self, currency: str = "GBP") -> None:
        person = make_person()
        self.someone: Someone = open_customer_for(person.user)
        self.account: Account = self.someone.account(currency=currency)
        self.browser = Browser()
        self.browser.sign_in(person)

    @property
    def at(self) -> str:
        return f"/account/accounts/{self.account.id}/"

    def see(self, query: str = "", status: int = 200, **headers: str) -> str:
        page = self.browser.get(self.at + query, headers=headers)
        assert page.status_code == status, page.content.decode()
        return unescape(page.content.decode())

    def found(self, query: str) -> list[str]:
        return re.findall(r'<strong>([^<]+)</strong></td><td class="num quiet">', self.see(query))


@pytest.fixture
def holder() -> Holder:
    """With £1.00 to £4.00 in, on the first and the last of February, early and late."""
    holder = Holder()
    for number, day in enumerate(DAYS, 1):
        deposit(holder.account.id, Money(100 * number, "GBP"), booked_at=day)
    return holder


class TestSearching:
    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("?q=IN", ["£4.00", "£3.00", "£2.00", "£1.00"]),
            ("?q=+in+", ["£4.00", "£3.00", "£2.00", "£1.00"]),
            ("?q=i_", []),
            ("?q=rent", []),
            ("?from=2036-02-28", ["£4.00", "£3.00"]),
            ("?to=2036-02-01", ["£2.00", "£1.00"]),
            ("?from=2036-02-01&to=2036-02-27", ["£2.00", "£1.00"]),
            ("?from=0001-01-01&to=9999-12-31", ["£4.00", "£3.00", "£2.00", "£1.00"]),
            ("?direction=CRDT&max=1", ["£1.00"]),
            ("?direction=DBIT", []),
            ("?min=2&max=3.00", ["£3.00", "£2.00"]),
            ("?q=in&min=3&to=2036-02-28", ["£4.00", "£3.00"]),
        ],
    )
    def test_finds_what_was_asked_for(self, holder: Holder, query: str, found: list[str]) -> None:
        assert holder.found(query) == found

    @pytest.mark.parametrize("query", ["", "?q=", "?q=+&from=&to=&direction=&min=&max=", "?unknown=1"])
    def test_of_nothing_is_the_page_as_it_was(self, holder: Holder, query: str) -> None:
        deposit(holder.account.id, Money(500, "GBP"))
        page = holder.see(query)
        assert "The last twelve months" in page
        assert "Show all transactions" not in page
        assert holder.found(query)[0] == "£5.00"

    def test_leaves_out_the_chart_and_leads_back_to_everything(self, holder: Holder) -> None:
        page = holder.see("?q=in")
        assert "The last twelve months" not in page
        assert "4 transactions found" in page
        assert f'href="{holder.at}">Show all transactions</a>' in page
        assert "<title>Search in Current account" in page

    def test_says_that_nothing_was_found(self, holder: Holder) -> None:
        page = holder.see("?q=nowhere")
        assert f'Nothing was found. <a href="{holder.at}">Show all transactions</a>' in page
        assert "Nothing has happened" not in page

    def test_keeps_what_was_typed_in_the_form_and_opens_what_is_used(self, holder: Holder) -> None:
        page = holder.see("?q=in&from=2036-02-01&min=1.50&direction=CRDT")
        for value in ('name="q" value="in"', 'name="from" value="2036-02-01"', 'name="min" value="1.50"'):
            assert value in page
        assert '<option value="CRDT" selected>' in page
        assert "<details open>" in page
        assert "<details>" in holder.see("?q=in")

    def test_writes_what_was_typed_as_text(self, holder: Holder) -> None:
        page = holder.browser.get(f'{holder.at}?q="><b>x').content.decode()
        assert "<b>x" not in page
        assert "&quot;&gt;&lt;b&gt;x" in page

    def test_is_kept_from_page_to_page(self, holder: Holder) -> None:
        for number in range(60):
            deposit(holder.account.id, Money(1000 + number % 2, "GBP"))
        address, seen = "?q=in&min=10.01&direction=CRDT", 0
        while address:
            seen += len(holder.found(address))
            page = holder.see(address)
            links = re.findall(r'href="(\?[^"]*)">(?:Older|Newest)', page)
            assert all(re.match(r"\?q=in&min=10.01&direction=CRDT", link) for link in links)
            address = next((link for link in links if "before=" in link), "")
        assert seen == 30
        assert links == ["?q=in&min=10.01&direction=CRDT"]

    def test_past_the_end_says_there_is_nothing_older(self, holder: Holder) -> None:
        for query in ("?before=1", "?q=in&before=1"):
            assert "There is nothing older." in holder.see(query)

    def test_offers_nothing_where_nothing_has_happened(self) -> None:
        page = Holder().see()
        assert "Nothing has happened on this account yet." in page
        assert 'role="search"' not in page

    def test_looks_through_what_is_set_aside_too(self, holder: Holder) -> None:
        person, until = holder.someone, timezone.now() + timedelta(days=1)
        shop = someone().account()
        for name, minor in (("hotel", 250), ("ferry", 350)):
            place_hold(
                holder.account.id, shop.id, amount=Money(minor, "GBP"), until=until, by=person.actor,
                reference=name,
            )  # fmt: skip
        page = holder.see("?q=hotel")
        assert "hotel" in page.partition("Set aside")[2]
        assert "ferry" not in page

    def test_is_for_viewers_as_well(self, holder: Holder) -> None:
        viewer = Holder()
        joint = holder.someone.account("7.00", holders={viewer.someone.customer_id: "viewer"})
        viewer.account = joint
        assert viewer.found("?q=in") == ["£7.00"]

    @pytest.mark.parametrize("query", ["?q=in", "?min=x"])
    def test_finds_no_account_of_anybody_else(self, holder: Holder, query: str) -> None:
        assert Holder().browser.get(holder.at + query).status_code == 404

    def test_asks_the_database_no_more_than_the_page_without_it(self, holder: Holder) -> None:
        holder.see()
        counts = []
        for query in ("", "?q=in&from=2036-02-01&min=1&direction=CRDT", "?q=in&min=x"):
            with CaptureQueriesContext(connection) as captured:
                holder.see(query, status=422 if "x" in query else 200)
            counts.append(len(captured))
        whole, searched, wrong = counts
        assert (whole - searched, searched - wrong) == (1, 2)  # the chart; transactions and what is set aside


class TestWrongInput:
    @pytest.mark.parametrize(
        ("query", "field", "words", "kept"),
        [
            ("?min=ten", "min", "Write an amount such as 12.50.", 'value="ten"'),
            ("?min=-1", "min", "Write an amount such as 12.50.", 'value="-1"'),
            ("?max=1.005", "max", "Write an amount such as 12.50.", 'value="1.005"'),
            (f"?max={'9' * 40}", "max", "at most 20 characters", f'value="{"9" * 40}"'),
            ("?min=3&max=2", "max", "This is less than the least amount.", 'value="2"'),
            ("?from=2036-02-31", "from", "There is no such day.", 'type="text" name="from" value="2036-02-'),
            ("?from=31/01/2026", "from", "There is no such day.", 'type="text" name="from" value="31/01'),
            ("?to=0000-01-01", "to", "There is no such day.", 'value="0000-01-01"'),
            ("?from=2026-03-02&to=2026-03-01", "to", "The last day is before the first.", "2026-03-01"),
            ("?direction=UP", "direction", "not one of the available choices", "Direction"),
            (f"?q={'a' * 71}", "q", "at most 70 characters", f'value="{"a" * 71}"'),
            ("?q=a%00b", "q", "Control and invisible characters are refused.", ""),
            ("?q=a%ff", "q", "Control and invisible characters are refused.", ""),
            ("?q=4111+1111+1111+1111", "q", "card number", ""),
            ("?from=%00", "from", "There is no such day.", ""),
            ("?min=1%00", "min", "", ""),
        ],
    )
    def test_is_told_beside_its_field(
        self, holder: Holder, query: str, field: str, words: str, kept: str
    ) -> None:
        page = holder.see(query, status=422)
        beside = page.partition(f'id="id_{field}_error">')[2].partition("</ul>")[0]
        assert beside
        assert words in beside
        assert kept in page
        assert f'href="#id_{field}"' in page
        assert page.partition("<title>")[2].startswith("Error: ")

    def test_loses_nothing_of_what_is_right(self, holder: Holder) -> None:
        page = holder.see("?q=bread&from=2026-01-01&to=2036-02-31&min=x", status=422)
        assert 'value="bread"' in page
        assert 'type="date" name="from" value="2026-01-01"' in page
        assert "Nothing was found." not in page
        assert "£1.00" not in page


class TestAmounts:
    @pytest.mark.parametrize(
        ("currency", "typed", "minor"), [("JPY", "1250", 1250), ("GBP", "12.5", 1250), ("BHD", "1.25", 1250)]
    )
    def test_are_in_the_accounts_currency(self, currency: str, typed: str, minor: int) -> None:
        holder = Holder(currency)
        for each in (minor - 1, minor, minor + 1):
            deposit(holder.account.id, Money(each, currency))
        assert len(holder.found(f"?min={typed}&max={typed}")) == 1
        assert f"At least ({currency})" in holder.see()

    def test_of_a_currency_without_decimals_have_none(self) -> None:
        assert "Write an amount such as 1250." in Holder("JPY").see("?min=12.50", status=422)

    def test_have_a_comma_in_french(self, holder: Holder) -> None:
        french = {"accept-language": "fr"}
        assert "£" in holder.see("?min=2,50&max=3,00", **french)
        assert "Écrivez un montant tel que 12,50." in holder.see("?min=x", status=422, **french)
        holder.browser.get("/account/", headers={"accept-language": "en"})


class TestForm:
    def test_of_nothing_asks_for_everything(self) -> None:
        form = SearchForm({"q": " "}, currency="GBP")
        assert not form.is_bound
        assert form.filter() == SearchForm({}, currency="GBP").filter()
