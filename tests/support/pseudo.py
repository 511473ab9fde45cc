"""A language nobody speaks: `⟦Ýöûŕ àççöûñţš ~~~~⟧` for "Your accounts", a third longer than English.

Every word of a page that is not in it did not come from the catalogue.
"""

import io
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.mofile import read_mo, write_mo

from deploy.local.catalogue import read
from tests.architecture.source import ROOT

CODE, NAME = "en-xa", "⟦Þšéûðö⟧"
LONGER = 0.3
_ACCENTS = str.maketrans(
    "ABCDEGHIJKLNOPRSTUWYZabcdeghijklnoprstuwyz", "ÁBÇÐÉĜĤÎĴĶĹÑÖÞŔŠŢÛŴÝŽàbçðéĝĥîĵķĺñöþŕšţûŵýž"
)
_KEPT = re.compile(r"(%\(\w+\)[sd]|%[sd%]|\{\w*\}|<[^>]*>|&\w+;)")
_LIBRARIES = ("django", "django.contrib.auth", "allauth")
_SILENT = {"script", "style", "code", "pre", "svg"}


def pseudo(english: str) -> str:
    """Return a string in the language: same placeholders and tags, other letters, longer."""
    parts = _KEPT.split(english)
    parts[::2] = [part.translate(_ACCENTS) for part in parts[::2]]
    padding = ("~~~~~ " * len(english))[: round(len(english) * LONGER)].strip()
    return f"⟦{''.join(parts)} {padding}⟧"


def write(folder: Path) -> None:
    """Write the language's catalogue: our own strings, and those of the libraries on our pages."""
    catalog = Catalog(locale="en")
    for ids, context in _strings():
        catalog.add(ids, tuple(map(pseudo, ids)) if isinstance(ids, tuple) else pseudo(ids), context=context)
    path = folder / "en_XA" / "LC_MESSAGES" / "django.mo"
    path.parent.mkdir(parents=True)
    file = io.BytesIO()
    write_mo(file, catalog)
    path.write_bytes(file.getvalue())


def _strings() -> Iterator[tuple[Any, str | None]]:
    for library in _LIBRARIES:
        spec = find_spec(library)
        path = Path(str(spec and spec.origin)).parent / ("conf" if library == "django" else "")
        with (path / "locale" / "fr" / "LC_MESSAGES" / "django.mo").open("rb") as file:
            yield from _messages(read_mo(file))
    yield from _messages(read(ROOT / "locale" / "fr" / "LC_MESSAGES" / "django.po", "fr"))


def _messages(catalog: Catalog) -> Iterator[tuple[Any, str | None]]:
    for message in catalog:
        if message.id:
            yield message.id if isinstance(message.id, str) else tuple(message.id), message.context


class _Texts(HTMLParser):
    """What a person reads of a page, and the language each text is said to be in."""

    VOID = frozenset({"meta", "link", "input", "br", "img", "hr", "rect", "line"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[tuple[str, str, bool]] = [("", "", False)]
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        _, language, silent = self.open[-1]
        language = told.get("lang") or language
        silent = silent or tag in _SILENT or "mono" in (told.get("class") or "").split()
        names = ("aria-label", "alt", "title", "placeholder")
        self.texts += [told[name] or "" for name in names if name in told and language == CODE]
        if tag not in self.VOID:
            self.open.append((tag, language, silent))

    def handle_endtag(self, tag: str) -> None:
        while len(self.open) > 1 and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        _, language, silent = self.open[-1]
        if language == CODE and not silent and data.strip():
            self.texts.append(" ".join(data.split()))


def not_from_the_catalogue(html: str, data: re.Pattern[str]) -> list[str]:
    """Return each text of a page, or part of one, that is neither of the language nor the page's data."""
    reader = _Texts()
    reader.feed(html)
    rest, found = "\n".join(reader.texts), 1
    while found:  # a translated word within a translated sentence goes first
        rest, found = re.subn(r"⟦[^⟦⟧]*⟧", " ", rest)
    lines = (data.sub(" ", line) for line in rest.splitlines())
    return [line.strip() for line in lines if re.search(r"[^\W\d_]{2}", line)]
