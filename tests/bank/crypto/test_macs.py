"""HMAC-SHA-256 written out is the library's, to the last bit."""

import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bank.crypto.macs import mac, macs

# RFC 4231, 4.2 to 4.5: key, message, HMAC-SHA-256.
PUBLISHED = [
    (b"\x0b" * 20, b"Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
    (
        b"Jefe",
        b"what do ya want for nothing?",
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    ),
    (b"\xaa" * 20, b"\xdd" * 50, "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"),
    (
        bytes(range(1, 26)),
        b"\xcd" * 50,
        "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b",
    ),
]


@pytest.mark.parametrize(("key", "message", "published"), PUBLISHED)
def test_it_is_what_the_standard_publishes(key: bytes, message: bytes, published: str) -> None:
    assert mac(key, message).hex() == published


@given(key=st.binary(max_size=64), messages=st.lists(st.binary(max_size=300), max_size=4))
def test_it_is_what_the_library_makes(key: bytes, messages: list[bytes]) -> None:
    of = macs(key)
    assert [of(each) for each in messages] == [hmac.digest(key, each, "sha256") for each in messages]


def test_a_key_longer_than_a_block_is_refused() -> None:
    with pytest.raises(ValueError, match="64 bytes"):
        mac(b"k" * 65, b"message")
