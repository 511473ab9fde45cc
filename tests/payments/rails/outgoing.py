"""Payments to another bank, made and looked at."""

import datetime as dt

import psycopg
from django.utils import timezone

from accounts.models import Account, Hold
from accounts.money import Money
from audit.actor import system
from oauth.models import Client
from payments.models import IncomingPayment, Payment, RailTransfer
from payments.operations import drive, make_payment
from payments.operations.rail_news import learn
from payments.rules import Outside, PaymentOrder
from payments.rules.rail_life import News
from tests.payments.rails import books
from tests.support import plugin
from tests.support.customers import Someone, someone
from tests.support.rail import IBAN, RunningRail, until

BY = system("rail")
_LONG_AGO = (
    "UPDATE payments_railtransfer SET settled_on = '2000-01-01' WHERE settled_on IS NOT NULL",
    "UPDATE payments_railtransfer SET returned_on = '2000-01-01' WHERE returned_on IS NOT NULL",
    "UPDATE payments_incomingpayment SET settled_on = '2000-01-01'",
    "UPDATE payments_incomingpayment SET returned_on = '2000-01-01' WHERE returned_on IS NOT NULL",
    "DELETE FROM payments_railday",
    "INSERT INTO payments_railday (day, lines, differences) VALUES ('2000-01-01', 0, 0)",
)


class Outgoing:
    """A payment of 4.00 out of 10.00 to another bank."""

    def __init__(
        self,
        name: str = "Payee Ok",
        amount: str = "4.00",
        iban: str = IBAN,
        client: Client | None = None,
        currency: str = "GBP",
    ) -> None:
        """`client` is the app that pays, from an account shared with it; else the customer pays."""
        self.payer: Someone = someone()
        self.account: Account = self.payer.account("10.00", currency)
        order = PaymentOrder(
            self.account.id, Money.parse(amount, currency), creditor=Outside(name, iban), reference="books"
        )
        by = self.payer.app([self.account], client=client) if client else self.payer.actor
        self.id: str = make_payment(order, by=by).id

    @property
    def payment(self) -> Payment:
        return Payment.objects.get(id=self.id)

    @property
    def status(self) -> str:
        return self.payment.status

    @property
    def state(self) -> str:
        """What the bank knows of it on the rail."""
        return RailTransfer.objects.get(payment_id=self.id).state

    @property
    def hold(self) -> Hold:
        return RailTransfer.objects.get(payment_id=self.id).hold

    @property
    def money(self) -> tuple[int, int]:
        """What is booked and what is set aside on the account."""
        account = Account.objects.get(id=self.account.id)
        return account.booked, account.held

    def drive(self) -> None:
        """Let the worker's task run, the pause before the next try being over."""
        due(self.id)
        drive(by=BY)

    def drive_until(self, status: str) -> None:
        """Let it run again and again until the payment has a status."""

        def has_it() -> bool:
            self.drive()
            return self.status == status

        until(has_it, f"the payment is {status}", seconds=30)


def due(payment_id: str) -> None:
    """Let the pause before the next try be over."""
    waiting = RailTransfer.objects.filter(payment_id=payment_id).exclude(state="ENDED")
    waiting.update(next_try_at=timezone.now() - dt.timedelta(seconds=1))


def let_go_of_all() -> None:
    """End what other tests left waiting, put what they settled into another time: each has its rail."""
    for payment_id in RailTransfer.objects.exclude(state="ENDED").values_list("payment_id", flat=True):
        learn(payment_id, News("CANC"), by=BY)
    IncomingPayment.objects.filter(next_try_at__isnull=False).update(next_try_at=None)
    with psycopg.connect(plugin.superuser_url()) as connection:
        for query in _LONG_AGO:
            connection.execute(query)


def books_differ(rail: RunningRail) -> list[str]:
    """Return where the rail's book and the ledger differ."""
    return books.books_differ(rail.folder / "rail" / "book.sqlite", plugin.superuser_url())
