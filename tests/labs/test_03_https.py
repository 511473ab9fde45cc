"""Lab 3's impostors, called by the bank itself: webhooks and keys go out through `bank/outbound`."""

from pathlib import Path
from typing import Any

import pytest
import trustme

from bank import outbound
from labs.catalogue import Lab, find
from tests.bank.outbound.conftest import authority, trusted

__all__ = ["authority", "trusted"]
LAB: Lab = find(3)  # type: ignore[assignment]
SCRIPT = LAB.script()


class Bank:
    """What calls outside, with something in hand that is for one receiver only."""

    secret = "whsec-for-one-receiver"

    def __init__(self, authority: trustme.CA) -> None:
        self.authority = authority

    def ask(self, port: int) -> str:
        body = f'{{"secret": "{self.secret}"}}'.encode()
        headers = {"Content-Type": "application/json"}
        try:
            answer = outbound.call("POST", f"https://localhost:{port}/hooks", headers=headers, body=body)
        except outbound.OutboundFailure:
            return ""
        return answer.body.decode()


@pytest.fixture
def bank(trusted: Any, authority: trustme.CA, tmp_path: Path) -> Bank:
    return Bank(authority)


@pytest.mark.filterwarnings("default::urllib3.exceptions.InsecureRequestWarning")  # what is heard decides
class TestTheBank:
    def test_tells_nothing_to_who_cannot_show_the_right_certificate(self, bank: Bank) -> None:
        assert SCRIPT.honest(bank) == []
        assert SCRIPT.attack(bank) == []

    def test_would_have_been_overheard_if_it_had(self, bank: Bank) -> None:
        """The listener hears what is sent to it: the right one is told."""
        assert SCRIPT.told(bank, bank.authority.issue_cert("localhost"))

    def test_refuses_to_call_without_tls_at_all(self, bank: Bank) -> None:
        with SCRIPT.listening(None) as listener:
            with pytest.raises(outbound.CallRefused):
                outbound.call("POST", f"http://localhost:{listener.port}/", headers={}, body=b"x")
            assert listener.heard == b""
