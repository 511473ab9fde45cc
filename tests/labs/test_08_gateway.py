"""Lab 8's lies at the bank's own gate: the list of networks for the admin, behind a proxy and without one."""

from collections.abc import Iterator
from typing import Any

import pytest

from bank.access import ip_gate
from bank.access.models import IpRule
from labs.catalogue import Lab, find
from tests.bank.conftest import Caller, caller, rooms

__all__ = ["caller", "rooms"]
LAB: Lab = find(8)  # type: ignore[assignment]
SCRIPT = LAB.script()


class Bank:
    """The admin, which is for the office alone."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def through_the_proxy(self, client: str, headers: dict[str, str]) -> int:
        seen = ", ".join(filter(None, [headers.get("X-Forwarded-For", ""), client]))
        return self.directly(SCRIPT.PROXY, {**headers, "X-Forwarded-For": seen, "Via": "1.1 gateway"})

    def directly(self, client: str, headers: dict[str, str]) -> int:
        answered: Any = self._caller.get("/admin/", headers=headers, REMOTE_ADDR=client)
        return int(answered.status_code)


@pytest.fixture
def bank(caller: Caller, settings: Any) -> Iterator[Bank]:
    settings.TRUSTED_PROXY_COUNT, settings.TRUSTED_PROXIES = 1, [f"{SCRIPT.PROXY}/32"]
    IpRule.objects.create(effect="allow", network="127.7.0.0/16", scope="admin", reason="the office")
    ip_gate.forget()
    yield Bank(caller)
    ip_gate.forget()


class TestTheBank:
    def test_believes_no_lie_behind_its_proxy_nor_past_it(self, bank: Bank) -> None:
        assert SCRIPT.honest(bank) == []
        assert SCRIPT.attack(bank) == []

    def test_believes_none_without_a_proxy(self, bank: Bank, settings: Any) -> None:
        settings.TRUSTED_PROXY_COUNT, settings.TRUSTED_PROXIES = 0, []
        assert bank.directly(SCRIPT.CLERK, {}) == 200
        assert SCRIPT.attack(bank) == []
