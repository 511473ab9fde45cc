"""The words of the pages in other languages: `python -m deploy.local.catalogue [--check]`.

`make reference` runs it: it reads every string out of Python and templates, keeps the `django.po` of each
language in step and compiles it to `django.mo`, which is committed: production needs neither Babel nor the
tools of gettext. Translations are written into the `.po` by hand.
"""

import io
import os
import re
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import django
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from deploy.local.state import PROJECT

LANGUAGES = ("fr",)
APPS = ("bank", "oauth", "accounts", "payments", "events", "privacy", "sandbox")
# What only staff read stays English, like the names of the tables and fields around it (decision 35).
STAFF = re.compile(
    r"(^|/)(admin|\w+_admin|admin_site|stepped_admin|tiles|unmasking)\.py$|/templates/admin/|"
    r"/site/templates/site/(ask|steps)\.html$|/privacy/unmask\w*\.html$"
)
KEYWORDS: dict[str, Any] = {
    **dict.fromkeys(("_", "gettext", "gettext_lazy", "gettext_noop")),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), (1, 2)),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), ((1, "c"), 2)),
    **dict.fromkeys(("npgettext", "npgettext_lazy"), ((1, "c"), 2, 3)),
}
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|%%|\{\w*\}|<[^>]+>")
# What French typography asks for: no-break spaces (U+202F, U+00A0) inside « » and before ; : ! ? and units.
UNTYPOGRAPHIC = re.compile(r" [;:!?»]|« |[\w)][;!?]|\w'\w|\"(?![^<]*>)|(?<=\w):(?= |$)")
NO_PROSE = re.compile(r"<code>.*?</code>|<[^>]*>|%\(\w+\)s")
THE_SAME_MOMENT = datetime(2026, 1, 1, tzinfo=UTC)  # a catalogue made again without a change is the same file


def main(arguments: list[str]) -> int:
    """Write the catalogues anew, or with `--check` say what is wrong with them; 1 when something is."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bank.settings")
    django.setup()
    problems = [line for language in LANGUAGES for line in _keep(language, check="--check" in arguments)]
    print("\n".join([*problems, *_what_to_do(problems)]) or "locale/ is up to date")
    return 1 if problems and "--check" in arguments else 0


def _keep(language: str, *, check: bool) -> list[str]:
    """Bring a language's files in step with the code, unless they are only checked; return what is wrong."""
    path = PROJECT / "locale" / language / "LC_MESSAGES" / "django.po"
    kept = read(path, language)
    wanted = in_step(kept, language)
    if check:
        return [*stale(path, kept, wanted), *what_is_wrong(wanted)]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_as_po(wanted))
    path.with_suffix(".mo").write_bytes(compiled(wanted))
    return what_is_wrong(wanted)


def read(path: Path, language: str) -> Catalog:
    """Return the catalogue of a `.po` file; an empty one where there is none."""
    if not path.exists():
        return Catalog(locale=language)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def in_step(kept: Catalog, language: str) -> Catalog:
    """Return a catalogue of exactly the strings of the code, with the translations there are."""
    catalog = Catalog(
        locale=language,
        project="Harbour Bank",
        version="1",
        copyright_holder="",
        creation_date=THE_SAME_MOMENT,
        revision_date=THE_SAME_MOMENT,
        header_comment="# The words of the pages. `make reference` adds what is new; translate it here.",
        fuzzy=False,
    )
    for file, ids, context in [*_in_code(), *_said_in_english_too()]:
        said = kept.get(ids if isinstance(ids, str) else ids[0], context)
        catalog.add(
            ids,
            _translation(said, ids),
            locations=[(file, 0)],
            flags=said.flags - {"python-format"} if said else (),
            context=context,
        )
    return catalog


def what_is_wrong(catalog: Catalog) -> list[str]:
    """Return a line for each string that is not translated, marked fuzzy, or not fit for its place."""
    return [
        f"{catalog.locale}: {problem}: {message.id if isinstance(message.id, str) else message.id[0]!r}"
        for message in catalog
        if message.id
        for problem in _problems(message)
    ]


def compiled(catalog: Catalog) -> bytes:
    """Return the bytes of the `.mo` file."""
    file = io.BytesIO()
    write_mo(file, catalog)
    return file.getvalue()


def _problems(message: Message) -> Iterator[str]:
    strings = _strings(message.string)
    if not strings or not all(strings):
        yield "not translated"
        return
    if message.fuzzy:
        yield "marked fuzzy"
    if not all(_fits(message, string) for string in strings):
        yield "other placeholders or tags than the English"
    if any(UNTYPOGRAPHIC.search(NO_PROSE.sub("w", string)) for string in strings):
        yield "not set as French is (no-break space before ; : ! ? and in « », ’ for the apostrophe)"


def _fits(message: Message, string: str) -> bool:
    """Return whether a translation names what one form of the English names, as often."""
    found = sorted(PLACEHOLDER.findall(string))
    return any(found == sorted(PLACEHOLDER.findall(one)) for one in _strings(message.id))


def stale(path: Path, kept: Catalog, wanted: Catalog) -> list[str]:
    """Return what is in the files and not in the code, or the other way round."""
    there = {(message.id, message.context) for message in kept if message.id}
    asked = {(message.id, message.context) for message in wanted if message.id}
    lines = [f"{path.name}: not in the code any more: {one[0]!r}" for one in there - asked]
    lines += [f"{path.name}: obsolete: {key!r}" for key in kept.obsolete]
    if not lines and (not path.exists() or path.read_bytes() != _as_po(wanted)):
        lines.append(f"{path.name} is out of date")
    mo = path.with_suffix(".mo")
    if not mo.exists() or mo.read_bytes() != compiled(wanted):
        lines.append(f"{mo.name} is not what {path.name} says")
    return lines


def _what_to_do(problems: Iterable[str]) -> list[str]:
    if not problems:
        return []
    where = ", ".join(f"locale/{language}/LC_MESSAGES/django.po" for language in LANGUAGES)
    return [f"Run: make reference. Translate what is empty in {where}. Run it again, and commit both files."]


def _as_po(catalog: Catalog) -> bytes:
    file = io.BytesIO()
    write_po(file, catalog, width=110, include_lineno=False, sort_by_file=True, ignore_obsolete=True)
    return file.getvalue()


def _translation(said: Message | None, ids: str | tuple[str, ...]) -> Any:
    """Return what is kept, if it has as many forms as the string has now."""
    if said is None or isinstance(said.id, str) is not isinstance(ids, str):
        return "" if isinstance(ids, str) else ("", "")
    return said.string


def _strings(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def _in_code() -> Iterator[tuple[str, Any, str | None]]:
    """Yield each string with the file it stands in."""
    from django.utils.translation import templatize

    for path in _files():
        name = path.relative_to(PROJECT).as_posix()
        text = path.read_text()
        if path.suffix != ".py":
            text = "\n".join(map(str.strip, templatize(text, origin=name).splitlines()))
        for _line, ids, _comments, context in extract("python", io.BytesIO(text.encode()), keywords=KEYWORDS):
            yield name, ids, context


def _files() -> Iterator[Path]:
    for app in APPS:
        for path in sorted((PROJECT / app).rglob("*")):
            is_template = "templates" in path.parts and path.suffix in {".html", ".txt"}
            if (path.suffix == ".py" or is_template) and not STAFF.search(path.as_posix()):
                yield path


def _said_in_english_too() -> Iterator[tuple[str, str, str | None]]:
    """Yield the words that programs get in English and people, on pages, in their language; short months."""
    from deploy.local.catalogue_words import short_months, words

    for file, text in words():
        yield file, text, None
    for text in short_months():
        yield "django/utils/dates.py", text, "abbrev. month"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
