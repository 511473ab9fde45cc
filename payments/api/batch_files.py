"""The file of a batch: JSON with the words of pain.001, at most ten thousand credit transfers.

An entry of the usual form is read directly: a serializer costs more than the posting. Whatever is not of that
form goes to the serializer, which says what is wrong with it or reads it after all.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from rest_framework import serializers

from accounts.api.serializers import MoneySerializer
from accounts.money import InvalidAmount, Money
from bank.errors import FieldError
from bank.privacy.card_numbers import holds_card_number
from bank.public_ids import is_id
from bank.wire.errors import InvalidRequest
from bank.wire.parsers import StrictJSONParser, escape, parse_object
from bank.wire.pointers import field_errors
from bank.wire.serializers import PublicIdField, StrictCharField, StrictSerializer, reader_of
from payments.api.serializers import OutsideSerializer, one_creditor
from payments.rules import Outside
from payments.rules.batches import MOST_TRANSFERS, Transfer

ERRORS_SAID = 20
_AMOUNT = ("amount", "currency")
_TEXTS = {"reference": 140, "end_to_end_id": 35}
_MEMBERS = {"creditor_account", "amount", *_TEXTS}


class TransferSerializer(StrictSerializer):
    """One payment of the file: to an account here, to a creditor by name and number, or to a payee."""

    creditor_account = PublicIdField(prefix="acc", required=False)
    creditor = OutsideSerializer(required=False)
    amount = MoneySerializer()
    reference = StrictCharField(max_length=140, required=False, allow_blank=True, default="")
    end_to_end_id = StrictCharField(max_length=35, required=False, allow_blank=True, default="")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Ask for exactly one creditor; raises ValidationError."""
        return one_creditor(attrs)


class BatchFileSerializer(StrictSerializer):
    """The file of a batch."""

    credit_transfers = TransferSerializer(many=True)


@dataclass(frozen=True, slots=True)
class BatchFile:
    """What came: the digest of its bytes, and what they say."""

    sha256: str
    content: dict[str, Any]

    @classmethod
    def sent_with(cls, request: Any) -> "BatchFile":
        """Return the file of a request; one without a body never reaches the parser, and says nothing."""
        return request.data or cls(hashlib.sha256().hexdigest(), {})


class BatchFileParser(StrictJSONParser):
    """Reads the file, larger than any other body, and keeps the digest of its bytes."""

    most_bytes: ClassVar = "MAX_FILE_BYTES"

    def read(self, body: bytes) -> BatchFile:
        """Return the file in these bytes; raises InvalidJson."""
        return BatchFile(hashlib.sha256(body).hexdigest(), parse_object(body))


def read_transfers(content: dict[str, Any]) -> list[Transfer]:
    """Return the payments in a file's content; raises InvalidRequest with pointers to what is wrong."""
    if wrong := list(_wrong_members(content)):
        raise InvalidRequest(errors=wrong[:ERRORS_SAID])
    entries = enumerate(content["credit_transfers"])
    read = [_usual(entry) or _unusual(entry, number) for number, entry in entries]
    wrong = [error for each in read if isinstance(each, list) for error in each]
    if wrong:
        raise InvalidRequest(errors=wrong[:ERRORS_SAID])
    return read  # type: ignore[return-value]


def _wrong_members(content: dict[str, Any]) -> Iterator[FieldError]:
    """Yield what is wrong around the payments: the file is one list of them."""
    unknown = str(StrictSerializer.default_error_messages["unknown"])
    yield from (
        FieldError(f"/{escape(name)}", "unknown", unknown) for name in content if name != "credit_transfers"
    )
    entries = content.get("credit_transfers")
    if not isinstance(entries, list) or not entries:
        yield FieldError("/credit_transfers", "required", "the file is this one list")
    elif len(entries) > MOST_TRANSFERS:
        yield FieldError("/credit_transfers", "max_length", f"at most {MOST_TRANSFERS}")


def _usual(entry: Any) -> Transfer | None:
    """Return the payment in an entry of the usual form, or None. The parser has looked into each text."""
    if type(entry) is not dict or not entry.keys() <= _MEMBERS or not _are_texts(entry):
        return None
    try:
        account, amount = entry["creditor_account"], entry["amount"]
        is_usual = is_id("acc", account) and type(amount) is dict and len(amount) == len(_AMOUNT)
        money = Money.parse(amount["amount"], amount["currency"])
    except (KeyError, TypeError, AttributeError, InvalidAmount):
        return None
    if not is_usual:
        return None
    return Transfer(account, money, entry.get("reference", ""), entry.get("end_to_end_id", ""))


def _are_texts(entry: dict[str, Any]) -> bool:
    for name, most in _TEXTS.items():
        text = entry.get(name, "")
        if type(text) is not str or len(text) > most or text != text.strip() or holds_card_number(text):
            return False
    return True


def _unusual(entry: Any, number: int) -> Transfer | list[FieldError]:
    try:
        return _transfer(**reader_of(TransferSerializer).run_validation(entry))
    except serializers.ValidationError as error:
        place = f"/credit_transfers/{number}"
        return [FieldError(place + e.pointer, e.code, e.detail) for e in field_errors(error.detail)]


def _transfer(*, creditor: dict[str, str] | None = None, **values: Any) -> Transfer:
    values = {"creditor_account": None, **values}
    if creditor and "payee" in creditor:
        return Transfer(**values, payee=creditor["payee"])
    return Transfer(**values, creditor=Outside(**creditor) if creditor else None)
