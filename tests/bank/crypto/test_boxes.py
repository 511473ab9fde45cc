"""The ciphertext format."""

import pytest

from bank.crypto import boxes
from bank.crypto.data_keys import DataKey
from bank.crypto.errors import CannotOpen

PLACE = "accounts.Customer.name:cus_1"


class TestBox:
    def test_opens_where_it_was_sealed(self) -> None:
        key = DataKey.new()
        assert boxes.unseal(boxes.seal(b"Alice", keys=key, place=PLACE), keys=key, place=PLACE) == b"Alice"

    def test_does_not_show_its_content(self) -> None:
        assert b"Alice" not in boxes.seal(b"Alice", keys=DataKey.new(), place=PLACE)

    def test_is_different_each_time(self) -> None:
        key = DataKey.new()
        assert boxes.seal(b"Alice", keys=key, place=PLACE) != boxes.seal(b"Alice", keys=key, place=PLACE)

    def test_names_its_key(self) -> None:
        key = DataKey.new()
        assert boxes.key_id_of(boxes.seal(b"Alice", keys=key, place=PLACE)) == key.id

    @pytest.mark.parametrize(
        "elsewhere",
        ["accounts.Customer.name:cus_2", "accounts.Customer.email:cus_1", "accounts.Payee.name:cus_1", ""],
    )
    def test_does_not_open_elsewhere(self, elsewhere: str) -> None:
        key = DataKey.new()
        box = boxes.seal(b"Alice", keys=key, place=PLACE)
        with pytest.raises(CannotOpen):
            boxes.unseal(box, keys=key, place=elsewhere)

    def test_does_not_open_when_any_byte_was_changed(self) -> None:
        key = DataKey.new()
        box = boxes.seal(b"Alice", keys=key, place=PLACE)
        for at in range(len(box)):
            changed = box[:at] + bytes([box[at] ^ 1]) + box[at + 1 :]
            with pytest.raises(CannotOpen):
                boxes.unseal(changed, keys=key, place=PLACE)

    def test_does_not_open_when_cut_short(self) -> None:
        key = DataKey.new()
        box = boxes.seal(b"Alice", keys=key, place=PLACE)
        for length in range(len(box)):
            with pytest.raises(CannotOpen):
                boxes.unseal(box[:length], keys=key, place=PLACE)

    def test_does_not_open_with_another_key(self) -> None:
        box = boxes.seal(b"Alice", keys=DataKey.new(), place=PLACE)
        with pytest.raises(CannotOpen):
            boxes.unseal(box, keys=DataKey.new(), place=PLACE)
