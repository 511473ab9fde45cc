"""Dictionaries of structured fields (RFC 9651), as far as signatures and digests need them, read strictly.

What the RFC forgives is refused here: a key twice, a space where none belongs, a number with a fraction.
"""

import base64
import binascii
import re
from dataclasses import dataclass, field

LONGEST_FIELD = 8192


class FieldRefused(Exception):
    """The field is not a dictionary the bank reads; the text is for the developer."""


class Token(str):
    """A token: written without quotes (RFC 9651, 3.3.4)."""

    __slots__ = ()


Bare = str | int | bool | bytes | Token
Parameters = dict[str, Bare]


@dataclass(frozen=True, slots=True)
class Item:
    """One value with its parameters."""

    value: Bare
    parameters: Parameters = field(default_factory=dict)

    def __str__(self) -> str:
        return _written(self.value) + _written_parameters(self.parameters)


@dataclass(frozen=True, slots=True)
class InnerList:
    """A list of items with parameters of its own."""

    items: tuple[Item, ...]
    parameters: Parameters = field(default_factory=dict)

    def __str__(self) -> str:
        return f"({' '.join(map(str, self.items))}){_written_parameters(self.parameters)}"


Member = Item | InnerList

_KEY = re.compile(r"[a-z*][a-z0-9_\-.*]*")
_STRING = re.compile(r'"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"')
_INTEGER = re.compile(r"-?[0-9]{1,15}(?![0-9.])")
_BYTES = re.compile(r":([A-Za-z0-9+/]*={0,2}):")
_BOOLEAN = re.compile(r"\?([01])")
_TOKEN = re.compile(r"[A-Za-z*][!#$%&'*+\-.^_`|~:/0-9A-Za-z]*")
_COMMA = re.compile(r"[ \t]*,[ \t]*")
_SPACES = re.compile(r" +")


def read_dictionary(text: str) -> dict[str, Member]:
    """Return the members of a dictionary field by key, in order; raises FieldRefused."""
    if len(text) > LONGEST_FIELD or not text.isascii():
        raise FieldRefused("The field is too long, or not ASCII.")
    reader = _Reader(text.strip(" \t"))
    members: dict[str, Member] = {}
    while reader.has_more:
        key = reader.take(_KEY)
        if key in members:
            raise FieldRefused("A member is there twice.")
        members[key] = reader.member() if reader.accept("=") else Item(True, reader.parameters())
        if reader.has_more:
            reader.take(_COMMA)
            reader.must_go_on()
    return members


def written(value: Bare) -> str:
    """Return a value as it is written in a field."""
    return _written(value)


class _Reader:
    """A text and a place in it."""

    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0

    @property
    def has_more(self) -> bool:
        return self.at < len(self.text)

    def must_go_on(self) -> None:
        if not self.has_more:
            raise FieldRefused("The field ends with a comma.")

    def accept(self, letter: str) -> bool:
        found = self.text.startswith(letter, self.at)
        self.at += len(letter) if found else 0
        return found

    def match(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        found = pattern.match(self.text, self.at)
        if found:
            self.at = found.end()
        return found

    def take(self, pattern: re.Pattern[str]) -> str:
        found = self.match(pattern)
        if found is None:
            raise FieldRefused(f"The field cannot be read at character {self.at}.")
        return found[0]

    def member(self) -> Member:
        return self.inner_list() if self.accept("(") else self.item()

    def inner_list(self) -> InnerList:
        items: list[Item] = []
        while True:
            self.match(_SPACES)
            if self.accept(")"):
                return InnerList(tuple(items), self.parameters())
            items.append(self.item())
            if self.text[self.at : self.at + 1] not in {" ", ")"}:
                raise FieldRefused("The items of a list are parted by spaces.")

    def item(self) -> Item:
        return Item(self.bare(), self.parameters())

    def parameters(self) -> Parameters:
        found: Parameters = {}
        while self.accept(";"):
            self.match(_SPACES)
            key = self.take(_KEY)
            if key in found:
                raise FieldRefused("A parameter is there twice.")
            found[key] = self.bare() if self.accept("=") else True
        return found

    def bare(self) -> Bare:
        if found := self.match(_STRING):
            return re.sub(r"\\(.)", r"\1", found[1])
        if found := self.match(_INTEGER):
            return int(found[0])
        if found := self.match(_BOOLEAN):
            return found[1] == "1"
        if found := self.match(_BYTES):
            return _decoded(found[1])
        return Token(self.take(_TOKEN))


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise FieldRefused("A byte sequence is not base64.") from error


def _written(value: Bare) -> str:
    if isinstance(value, bool):
        return f"?{int(value)}"
    if isinstance(value, bytes):
        return f":{base64.b64encode(value).decode()}:"
    if isinstance(value, int | Token):
        return str(value)
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _written_parameters(parameters: Parameters) -> str:
    return "".join(
        f";{key}" if value is True else f";{key}={_written(value)}" for key, value in parameters.items()
    )
