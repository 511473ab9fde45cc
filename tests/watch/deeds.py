"""What fires each rule, done through the bank's own doors as often as asked."""

from contextlib import suppress
from typing import Any
from uuid import UUID, uuid4

import psycopg
from django.db import transaction
from django.test import Client

from accounts.models import Customer
from audit.actor import Actor
from audit.operations import record, record_attempt, record_reading
from bank.access import ip_gate, roles, signals
from bank.access.models import IpRule
from bank.public_ids import uuid7
from oauth.errors import ConfirmationOver
from oauth.models import User
from oauth.operations.confirmations import ask_confirmation, check_confirmation
from payments.operations import make_payment
from tests.audit.conftest import ALICE, Log
from tests.pages.conftest import Browser, make_person
from tests.payments.test_make_payment import order
from tests.support.customers import someone
from tests.support.own_app import signed_in
from tests.support.signed_in import in_session
from tests.support.staff import asked, officer


def failed_logins_of_a_name(times: int, log: Log) -> None:
    """Fail to sign in under one name, each time from another address."""
    name = make_person().user.username
    for _ in range(times):
        Browser().send("/login/", {"login": name, "password": "wrong"})


def failed_logins_from_an_address(times: int, log: Log) -> None:
    """Fail to sign in under many names from one address."""
    browser = Browser()
    for number in range(times):
        browser.send("/login/", {"login": f"guess-{number}", "password": "wrong"})


def credential_reuse(times: int, log: Log) -> None:
    """Redeem a code as often again."""
    app = signed_in(someone().user)
    code = _code(app)
    assert app.client.redeem(code).status == 200
    for _ in range(times):
        assert app.client.redeem(code).status == 400


def _code(app: Any) -> str:
    from tests.support.fapi_client import DjangoTransport, Person
    from tests.support.own_app import SCOPE, _sign_in

    person = Person(DjangoTransport(app.client.issuer))
    _sign_in(person.transport.browser, someone().user, 2)  # type: ignore[attr-defined]
    answered = person.open(app.client.authorize_url(app.client.push(scope=SCOPE).json["request_uri"]))
    return str(answered.answer["code"])


def payment_velocity(times: int, log: Log) -> None:
    """Pay the same payee again and again."""
    person = someone()
    one, two = person.account("100.00"), person.account()
    for _ in range(times):
        make_payment(order(one, two, "0.01"), by=person.actor)


def new_payees(times: int, log: Log) -> None:
    """Pay another payee each time."""
    person, other = someone(), someone()
    one = person.account("100.00")
    for _ in range(times):
        make_payment(order(one, other.account(), "0.01"), by=person.actor)


def credential_from_many_addresses(times: int, log: Log) -> None:
    """Sign in from another address each time."""
    person = make_person()
    for _ in range(times):
        Browser().sign_in(person)


def customer_lookups(times: int, log: Log) -> None:
    """Open one customer's record after another in the admin."""
    browser = Browser()
    browser.sign_in(make_person(roles.SUPPORT, totp=True))
    for _ in range(times):
        customer = Customer.objects.get(user_id=someone().user.id)
        assert browser.get(f"/admin/accounts/customer/{customer.id}/change/").status_code == 200


def scope_probing(times: int, log: Log) -> None:
    """Ask, as a customer, for what only staff may see."""
    app = signed_in(someone().user)
    for path in ("/approvals", "/audit/events", "/alerts", "/rails")[:times]:
        assert app.get(path).status in {403, 404}


def rate_limited(times: int, log: Log) -> None:
    """Hit the limits of so many doors."""
    caller = Actor(type="customer", user_id=f"usr_{uuid4().hex}")
    for number in range(times):
        signals.limit_hit.send(sender=log, request=None, actor=caller, door=f"door-{number}", key="x")


def denied_addresses(times: int, log: Log) -> None:
    """Knock from so many addresses of a denied network."""
    network = f"10.{uuid4().int % 200}.{uuid4().int % 200}"
    IpRule.objects.create(effect="deny", network=f"{network}.0/24", reason="test")
    ip_gate.forget()
    for number in range(times):
        assert Client(REMOTE_ADDR=f"{network}.{number}").get("/", secure=True).status_code == 403


def unmasking(times: int, log: Log) -> None:
    """Unmask so many fields."""
    by = officer(roles.SUPPORT)
    for _ in range(times):
        with transaction.atomic():
            record("privacy.unmasked", by=by, target=("customer", "cus_x"))


def log_reading(times: int, log: Log) -> None:
    """Read the log so often."""
    by = officer(roles.AUDITOR)
    for _ in range(times):
        record_reading(by=by)


def log_export(times: int, log: Log) -> None:
    """Export the log."""
    by = officer(roles.AUDITOR)
    for _ in range(times):
        record_attempt("audit.exported", by=by, target=("audit", "log"), outcome="success", reason="")


def own_approval(times: int, log: Log) -> None:
    """Try to approve what one asked for."""
    both = officer(roles.TELLER, roles.APPROVER)
    app = signed_in(User.objects.get(id=both.user_id))
    approval = asked("account.freeze", someone().account().id, by=both)
    for _ in range(times):
        assert (
            app.post(f"/approvals/{approval.id}/approve", {"digest": approval.payload_digest}).status == 403
        )


def confirmation_from_elsewhere(times: int, log: Log) -> None:
    """Answer a question so often from other sessions of who was asked."""
    person, digest = someone().actor, "d" * 64
    asked = ask_confirmation(digest=digest, by=in_session(person))
    for _ in range(times):
        with suppress(ConfirmationOver):
            check_confirmation(asked.id, digest=digest, by=in_session(person))


def unreadable_events(times: int, log: Log) -> None:
    """Write what is no event, as somebody with the application's rights could."""
    with psycopg.connect(log.superuser_url, autocommit=True) as psql:
        psql.execute("SET ROLE bank_app")
        for _ in range(times):
            psql.execute("INSERT INTO audit.outbox (event_id, body) VALUES (%s, %s)", [uuid4(), b"no event"])


def clock_skew(times: int, log: Log) -> None:
    """Record with a clock that is a minute ahead."""
    for _ in range(times):
        with transaction.atomic():
            ahead = UUID(int=uuid7().int + (60_000 << 80))
            record("login.succeeded", by=ALICE, target=("user", "usr_alice"), event_id=ahead)
