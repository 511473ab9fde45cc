"""Lab 9's lost answers at the bank: real doors, real threads, real PostgreSQL."""

from django.core.cache import cache
from django.db import connections

from accounts.models import Account
from labs.catalogue import Lab, find
from labs.wire import Answer
from tests.payments.test_api import connected

LAB: Lab = find(9)  # type: ignore[assignment]
SCRIPT = LAB.script()


class Bank:
    """An app that pays for a customer."""

    def __init__(self) -> None:
        self.app = connected()

    def pay(self, key: str, amount: int, *, lose_answer: bool = False) -> Answer:
        try:
            answered = self.app.pay(f"{amount}.00", key=key)
            return Answer(0) if lose_answer else Answer(answered.status, answered.text)
        finally:
            connections.close_all()

    def balance(self) -> int:
        return int(Account.objects.get(id=self.app.shared.id).booked) // 100

    def restart(self) -> None:
        """Forget what is only remembered; the rest lies in PostgreSQL."""
        cache.clear()


class TestTheBank:
    def test_pays_once_whatever_the_network_loses(self, real_db: None) -> None:
        bank = Bank()
        assert SCRIPT.honest(bank) == []
        assert SCRIPT.attack(bank) == []
