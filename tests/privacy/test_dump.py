"""A dump of the whole database, as a thief of a backup has it, names nobody."""

import base64
import os
import subprocess
from pathlib import Path

import pytest
from django.core.management import call_command

from accounts.models import Account, Customer
from deploy.local.postgres import bundled_binaries
from tests.audit.conftest import Log, log_of_a_bank, seal

__all__ = ["log_of_a_bank"]  # the fixture: a bank of this test's own
PERSONAL = ("given_name", "family_name", "email", "phone", "birth_date", "address")


@pytest.fixture
def dump(log_of_a_bank: Log, tmp_path: Path) -> bytes:
    """What pg_dump writes of a bank with customers, payments and a sealed log."""
    call_command("seed_demo", output=tmp_path / "demo.json", piggy_origin="https://piggy.example")
    seal()
    written = subprocess.run(
        [bundled_binaries() / "pg_dump", "--dbname", log_of_a_bank.superuser_url, "--no-owner"],
        env={"PATH": os.environ["PATH"]}, capture_output=True, check=True, timeout=60,
    )  # fmt: skip
    return written.stdout


def personal_values() -> set[str]:
    """Return everything the bank knows of its customers, as the bank itself reads it."""
    values = {str(getattr(customer, name) or "") for customer in Customer.objects.all() for name in PERSONAL}
    values |= {account.iban or "" for account in Account.objects.all()}
    return {value for value in values if value}


def disguises(value: str) -> dict[str, bytes]:
    """Return the forms in which a dump could carry a text: as it is, in hex, in base64 at any offset."""
    raw = value.encode()
    forms = {"text": raw, "hex": raw.hex().encode()}
    for offset, spoilt in enumerate((0, 2, 3)):
        encoded = base64.b64encode(b"\0" * offset + raw).rstrip(b"=")
        whole = encoded[spoilt : len(encoded) - 1]
        if len(whole) >= 8:
            forms[f"base64 at {offset}"] = whole
    return forms


@pytest.mark.slow
class TestDump:
    def test_names_no_customer_in_any_form(self, dump: bytes) -> None:
        values = personal_values()
        assert len(values) > 25
        found = {
            f"{value} as {form}": dump[dump.index(disguise) - 60 : dump.index(disguise) + 60]
            for value in values
            for form, disguise in disguises(value).items()
            if disguise in dump
        }
        assert found == {}
        self.is_of_a_bank_with_customers_and_a_sealed_log(dump)
        self.shows_what_was_left_in_clear(dump)

    def is_of_a_bank_with_customers_and_a_sealed_log(self, dump: bytes) -> None:
        assert Customer.objects.count() >= 5
        for table in (b"COPY public.accounts_customer ", b"COPY audit.leaf ", b"COPY audit.opening "):
            rows = dump.partition(table)[2].partition(b"\n\\.\n")[0].splitlines()
            assert len(rows) > 5

    def shows_what_was_left_in_clear(self, dump: bytes) -> None:
        assert disguises("alice")["text"] in dump  # the name of a login is no secret
        assert disguises("customer.opened")["hex"] in dump


class TestDisguises:
    @pytest.mark.parametrize("offset", [0, 1, 2])
    def test_are_recognised_in_base64(self, offset: int) -> None:
        text = base64.b64encode(b"x" * offset + b"Franklin Dubois" + b"yz")
        assert disguises("Franklin Dubois")[f"base64 at {offset}"] in text
