"""A customer who is a developer too, with something on each page; and every page there is for them."""

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from allauth.mfa.models import Authenticator
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from accounts.account_numbers import new_iban
from accounts.money import Money
from accounts.operations import place_hold
from audit.actor import Actor
from bank.access.roles import CUSTOMER, DEVELOPER, permissions_of
from events.operations.endpoints import NewEndpoint, add_endpoint, test_endpoint
from oauth.models import Client, Consent, DataAccess
from oauth.operations import withdraw_from_consent
from payments.models import FxRate
from payments.operations import NewStandingOrder, make_payment, place_standing_order
from payments.operations.payees import add_payee
from payments.rules import PaymentOrder
from payments.rules.due_dates import Rule
from privacy.operations import request_export
from tests.pages.conftest import Browser, Person, make_person
from tests.pages.test_passkeys import add_passkey
from tests.payments.approving import SCOPE, Asking, app_of
from tests.payments.test_exchange_page import Traveller
from tests.payments.test_standing_order_pages import Orderer
from tests.support.customers import open_customer_for
from tests.support.staff import agreed

NOT_OURS = ("admin/", "staff/", "v1/", "oauth/", ".well-known/", "livez", "readyz", "metrics")
NOW = dt.datetime.now(dt.UTC)
NO_PAGES = {
    "site:explorer-redirect",  # seen for a moment, by a program
    "statement-file",  # a file
}  # fmt: skip
WORDS = re.compile(
    r"Harbour Bank|Everyday|Savings|Holidays|Corner Shop|Piggy|Labs|Ltd|My (?:telephone|hooks)|\brent\b|Test|"
    r"Current account|Own savings|for later|"
    r"\b[A-Z]{3}\b|\b[A-Z]{2}\d\d(?: [A-Z0-9]{1,4})+|person-\S+|[0-9a-f]{12}|"
    r"Order 8812|budgets|To keep|[a-z]+_[0-9a-z]{26}|/accounts/|https?://\S+|JSON"
)


@dataclass
class Town:
    """The customer, what they have, and the browser they are signed in with."""

    person: Person = field(default_factory=lambda: make_person(CUSTOMER, DEVELOPER, totp=True))
    browser: Browser = field(default_factory=Browser)
    ids: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.owner = open_customer_for(self.person.user)
        roles = frozenset({CUSTOMER, DEVELOPER})
        self.actor = replace(self.owner.actor, roles=roles, permissions=permissions_of(roles))
        self.browser.sign_in(self.person)
        self.browser.send("/account/security/confirm/code/", {"code": self.person.code(1)})
        add_passkey(self.browser)
        self.browser.get("/account/")  # what was said so far was said in English
        self._money()
        self._sharing()
        self._developing()
        self.ids["pk"] = Authenticator.objects.get(user=self.person.user, type="webauthn").pk

    def _money(self) -> None:
        everyday = self.owner.account("900.00", name="Everyday")
        self.savings = self.owner.account("5.00", name="Savings")
        order = PaymentOrder(everyday.id, Money.parse("12.50", "GBP"), self.savings.id, reference="rent")
        rule = Rule("week", 2, NOW.date() + dt.timedelta(days=3), None, "same")
        amount = Money.parse("3.00", "GBP")
        place_hold(
            everyday.id, self.savings.id, amount=amount, until=NOW + dt.timedelta(days=2), by=self.actor
        )
        self.ids |= {
            "account_id": everyday.id,
            "payment_id": make_payment(order, by=self.actor).id,
            "order_id": place_standing_order(NewStandingOrder(order, rule), by=self.actor).id,
            "payee_id": add_payee(name="Corner Shop", iban=new_iban(), by=self.actor)[0].id,
            "export_id": _ready_export(self.actor),
        }

    def _sharing(self) -> None:
        everyday = self.owner.account("10.00", name="Holidays")
        app = self.owner.app([everyday, self.savings])
        consent = Consent.objects.get(id=app.consent_id)
        withdraw_from_consent(consent.id, self.savings.id, by=self.actor)
        DataAccess.objects.create(
            consent=consent,
            what="balances",
            about=everyday.id,
            is_attended=True,
            began_at=NOW,
            first_at=NOW,
            last_at=NOW,
        )
        self.ids["consent_id"] = consent.id

    def _developing(self) -> None:
        app = app_of(owner=self.person.user, purpose="To keep budgets")
        client = Client.objects.get(client_id=app.client_id)
        by: Actor = replace(self.actor, client_id=client.client_id)
        wanted = NewEndpoint("https://hooks.piggy.example/bank", "My hooks", ["payment.completed"])
        endpoint = add_endpoint(wanted, by=by)
        self.ids |= {
            "client_id": client.client_id,
            "endpoint_id": endpoint.id,
            "delivery_id": test_endpoint(endpoint.id, by=by).id,
        }

    def pages(self, language: str) -> Iterator[tuple[str, str]]:
        """Yield every page as it answers in a language: looked at, and where it has a form, sent empty."""
        self.browser.defaults["HTTP_ACCEPT_LANGUAGE"] = language
        for address in [*addresses(self.ids), "/no-such-page/", "/oauth/authorize?client_id=nobody"]:
            page = self.browser.get(address)
            if page.status_code not in {302, 405}:  # a way on, a step
                yield address, page.content.decode()
                yield from self._refused(address, page.content.decode())
        for address in ("/", "/login/"):
            stranger = Browser().get(address, headers={"accept-language": language})
            yield f"{address} for a stranger", stranger.content.decode()
        yield from self._answers()
        yield from self._looking()
        yield from _signing_in(language)
        yield from _asked(language)
        yield from _paying(language)
        yield from _restricted(language)
        yield from _erased(language)

    def _answers(self) -> Iterator[tuple[str, str]]:
        """Yield the pages that only the answer to a form shows."""
        wanted = {"url": "https://hooks.piggy.example/other", "description": "My hooks"}
        endpoints = reverse("developer-webhooks", args=[self.ids["client_id"]])
        yield "a new secret", self.browser.send(endpoints, wanted).content.decode()
        self.browser.send("/account/security/recovery-codes/generate/")
        codes = self.browser.get("/account/security/recovery-codes/")
        yield "new recovery codes", codes.content.decode()

    def _looking(self) -> Iterator[tuple[str, str]]:
        """Yield what looking for transactions may find, or find fault with."""
        at = reverse("account-page", args=[self.ids["account_id"]])
        asked = ("?q=rent", "?q=nowhere", "?q=rent&before=1", "?from=2026-02-31&min=x", "?min=2&max=1")
        for address in (at + query for query in asked):
            yield address, self.browser.get(address).content.decode()
        yield "days", self.browser.get(f"{at}?from=2026-02-02&to=2026-02-01").content.decode()

    def _refused(self, address: str, page: str) -> Iterator[tuple[str, str]]:
        """Send the page's own form empty, and yield the page that says what is missing."""
        if '<form method="post" class=' in page or f'action="{address}" class="card"' in page:
            sent = self.browser.send(address, {}, form_at=address)
            if sent.status_code == 422:
                yield f"{address} sent empty", sent.content.decode()


def _ready_export(by: Actor) -> str:
    """Return the id of a copy to be taken away; one in waiting is beside it."""
    made = request_export(by=by)
    made.document, made.status, made.expires_at = "{}", "READY", NOW + dt.timedelta(days=7)
    made.save()
    request_export(by=by)
    return made.id


def _signing_in(language: str) -> Iterator[tuple[str, str]]:
    """Yield the pages of signing in: a wrong password, the second factor, a wrong code."""
    browser, person = Browser(), make_person(totp=True)
    browser.defaults["HTTP_ACCEPT_LANGUAGE"] = language
    right = {"login": person.user.username, "password": person.password}
    yield "wrong password", browser.send("/login/", {**right, "password": "wrong"}).content.decode()
    browser.send("/login/", right)
    yield "second factor", browser.get("/login/code/").content.decode()
    yield "wrong code", browser.send("/login/code/", {"code": "000000"}).content.decode()


def _paying(language: str) -> Iterator[tuple[str, str]]:
    """Yield the pages that ask for a second factor: for a payment, a standing order, an exchange."""
    if not FxRate.objects.filter(id="GBP-EUR").exists():
        agreed("fx.rate", "GBP-EUR", rate="1.1735")
    traveller, orderer = Traveller(), Orderer()
    for payer in (traveller, orderer):
        payer.browser.defaults["HTTP_ACCEPT_LANGUAGE"] = language
    payment = traveller.look()
    yield "to pay here", payment.content.decode()
    yield "to pay here, wrong code", traveller.confirm(payment, "000000").content.decode()
    yield "to exchange", traveller.quote().content.decode()
    yield "to pay again and again", orderer.place().content.decode()


def _restricted(language: str) -> Iterator[tuple[str, str]]:
    """Yield what somebody sees who restricted the use of their data and has no second factor."""
    browser, person = Browser(), make_person()
    open_customer_for(person.user)
    browser.sign_in(person)
    browser.defaults["HTTP_ACCEPT_LANGUAGE"] = language
    browser.send("/account/data/restriction/", {"ground": "accuracy"}, form_at="/account/data/")
    for address in ("/account/data/", "/account/data/restriction/lift/"):
        yield f"{address}, restricted", browser.get(address).content.decode()


def _erased(language: str) -> Iterator[tuple[str, str]]:
    """Yield the page before and after somebody without accounts is erased."""
    browser, person = Browser(), make_person(totp=True)
    open_customer_for(person.user)
    browser.sign_in(person)
    browser.defaults["HTTP_ACCEPT_LANGUAGE"] = language
    before = browser.get("/account/data/erase/")
    yield "to be erased", before.content.decode()
    fields = {"confirmation": before.context["asked"].id, "code": person.code(1)}
    yield "erased", browser.send("/account/data/erase/", fields).content.decode()


def _asked(language: str) -> Iterator[tuple[str, str]]:
    """Yield the pages at the authorization endpoint: to share, to pay, the second factor, a wrong answer."""
    asking = Asking()
    browser: Any = asking.browser.transport
    browser.browser.defaults["HTTP_ACCEPT_LANGUAGE"] = language
    sharing = asking.client.authorize_url(asking.client.push(scope=SCOPE).json["request_uri"])
    yield "to share", asking.browser.open(sharing).text
    yield "to share nothing", asking.browser.decide(sharing, accounts=[]).text
    paying = asking.page(asking.payment())
    yield "to pay", asking.browser.open(paying).text
    question = asking.browser.decide(paying, accounts=[asking.debtor.id])
    yield "to confirm", question.text
    yield "to confirm again", asking.confirm_with(paying, question, "000000").text


def addresses(ids: dict[str, Any]) -> Iterator[str]:
    """Yield the address of every page for customers, developers and strangers; KeyError for an unknown id."""
    for name, pattern in _named(get_resolver()):
        kwargs = pattern.pattern.converters
        if name not in NO_PAGES and not str(pattern.pattern).startswith(NOT_OURS):
            yield reverse(name, kwargs={key: ids.get(key, "0") for key in kwargs})


def _named(resolver: URLResolver, space: str = "", prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    for entry in resolver.url_patterns:
        route = prefix + str(entry.pattern)
        if route.startswith(NOT_OURS):
            continue
        if isinstance(entry, URLPattern):
            yield f"{space}{entry.name}", entry
        else:
            yield from _named(entry, f"{entry.namespace}:" if entry.namespace else space, route)
