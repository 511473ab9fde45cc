"""Card numbers are found however they are written, and nothing else is taken for one."""

import json
import logging
import random
import uuid

import pytest
from django.core.exceptions import ValidationError

from accounts.account_numbers import new_iban
from bank.errors import Malformed
from bank.observability.logs import JsonFormatter
from bank.privacy.card_numbers import holds_card_number, refuse_card_numbers, without_card_numbers
from bank.public_ids import new
from bank.wire.serializers import StrictCharField, StrictSerializer

# The networks' own test numbers, of 13 to 19 digits.
NUMBERS = [
    "4222222222222", "30569309025904", "378282246310005", "4242424242424242", "5555555555554444",
    "2223003122003222", "6011111111111117", "3566002020360505", "6205500000000000004", "6304000000000000000",
]  # fmt: skip
WAYS = [
    "4242424242424242", "4242 4242 4242 4242", "4242-4242-4242-4242", "4242.4242.4242.4242",
    "card4242424242424242please", "4 2 4 2 4 2 4 2 4 2 4 2 4 2 4 2", "4242\u00a04242\u00a04242\u00a04242",
    "4242\u20134242\u20134242\u20134242", "4242  4242  4242  4242", "4242, 4242, 4242, 4242",
    "\uff14\uff12\uff14\uff12" * 4, "\u0664\u0662\u0664\u0662" * 4, "4242424242424242 12/27 123",
    "no. 7: 4242424242424242",
    "GB00 4242424242424242", "pay 12 4242424242424242", "4242_4242_4242_4242",
]  # fmt: skip


class TestCardNumbers:
    @pytest.mark.parametrize("number", NUMBERS)
    def test_are_found_in_every_length(self, number: str) -> None:
        assert holds_card_number(f"for {number} thanks")

    @pytest.mark.parametrize("text", WAYS)
    def test_are_found_however_they_are_written(self, text: str) -> None:
        assert holds_card_number(text)
        masked = without_card_numbers(text)
        assert "••••" in masked
        assert not holds_card_number(masked)

    def test_are_masked_but_for_four_digits(self) -> None:
        assert without_card_numbers("for 4242 4242 4242 4242!") == "for •••• 4242!"

    def test_are_all_masked(self) -> None:
        assert without_card_numbers("4242424242424242, then 5555555555554444") == "•••• 4242, then •••• 4444"

    @pytest.mark.parametrize(
        "text",
        ["", "rent", "4242424242424241", "424242424242", "42424242424242424242", "invoice 2026-11-28 no. 17",
         "2026-11-28T10:15:00.123456Z", "+44 20 7946 0000", "\u00b2" * 16],
    )  # fmt: skip
    def test_are_not_seen_where_there_are_none(self, text: str) -> None:
        assert not holds_card_number(text)

    def test_are_never_seen_in_account_numbers_and_ids(self) -> None:
        random.seed(13)
        for _ in range(3000):
            iban = new_iban()
            grouped = " ".join(iban[at : at + 4] for at in range(0, len(iban), 4))
            assert not holds_card_number(f"to {iban}"), iban
            assert not holds_card_number(f"to {grouped} thanks"), grouped
            assert not holds_card_number(f"about {new('pay')}.")
            assert not holds_card_number(str(uuid.uuid4()))
            assert not holds_card_number(random.randbytes(32).hex())

    @pytest.mark.parametrize(
        "iban", ["DE89370400440532013000", "FR1420041010050500013M02606", "NL91ABNA0417164300",
                 "CH93 0076 2011 6238 5295 7", "gb29nwbk60161331926819", "ES9121000418450200051332"],
    )  # fmt: skip
    def test_are_not_seen_in_account_numbers_of_other_countries(self, iban: str) -> None:
        assert not holds_card_number(f"my account {iban}, please")

    def test_take_no_long_time(self) -> None:
        assert not holds_card_number("1 " * 20_000)


class Written(StrictSerializer):
    text = StrictCharField(max_length=140)


class Asked:
    def __init__(self, text: str) -> None:
        self.data = {"text": text}


class TestDoors:
    def test_of_the_api_refuse_them_and_say_where(self) -> None:
        with pytest.raises(Malformed) as refused:
            Written.read(Asked("card 4242 4242 4242 4242"))
        assert [(e.pointer, e.code) for e in refused.value.errors] == [("/text", "card_number")]

    def test_of_the_api_let_account_numbers_pass(self) -> None:
        assert Written.read(Asked("DE89370400440532013000"))["text"] == "DE89370400440532013000"

    def test_of_forms_refuse_them(self) -> None:
        with pytest.raises(ValidationError):
            refuse_card_numbers("4242424242424242")
        refuse_card_numbers("rent")

    def test_of_logs_mask_them(self) -> None:
        record = logging.LogRecord("bank.x", logging.INFO, "", 1, "paid by 4242 4242 4242 4242", (), None)
        written = json.loads(JsonFormatter().format(record))
        assert written["event"] == "paid by •••• 4242"
