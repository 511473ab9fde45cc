"""The catalogue of words: what is wrong with one is said, and what is committed is right."""

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog

from deploy.local.catalogue import LANGUAGES, compiled, read, stale, what_is_wrong
from tests.architecture.source import ROOT

THIN = "\N{NARROW NO-BREAK SPACE}"


def wrong(english: str, french: str, *flags: str) -> list[str]:
    """Return what is said against one translation, without the string itself."""
    catalog = Catalog(locale="fr")
    catalog.add(english, french, flags=flags)
    return [line.split(": ")[1] for line in what_is_wrong(catalog)]


class TestWhatIsWrong:
    @pytest.mark.parametrize(
        ("english", "french"),
        [
            ("Pay %(amount)s?", f"Payer %(amount)s{THIN}?"),
            ("Read <a href=\"/docs/\">it</a>.", "Lisez-<a href=\"/docs/\">la</a>."),
            ("Not yet: wait", f"Pas encore{THIN}: attendez"),
            ("Send <code>a: b</code>", "Envoyez <code>a: b</code>"),
            ("“It”", f"«{THIN}Cela{THIN}»"),
        ],
    )  # fmt: skip
    def test_is_nothing_in_a_fitting_translation(self, english: str, french: str) -> None:
        assert wrong(english, french) == []

    @pytest.mark.parametrize(
        ("english", "french", "said"),
        [
            ("Pay", "", "not translated"),
            ("Pay %(amount)s", "Payer %(montant)s", "other placeholders or tags than the English"),
            ("Pay %(amount)s", "Payer", "other placeholders or tags than the English"),
            ('<a href="/">a</a>', '<a href="/b">a</a>', "other placeholders or tags than the English"),
            ("Why?", "Pourquoi ?", "not set as French is"),
            ("Why?", "Pourquoi?", "not set as French is"),
            ("It", "« Cela »", "not set as French is"),
            ("It", "L'argent", "not set as French is"),
        ],
    )
    def test_is_said(self, english: str, french: str, said: str) -> None:
        (found,) = wrong(english, french)
        assert found.startswith(said)

    def test_is_to_be_fuzzy(self) -> None:
        assert wrong("Pay", "Payer", "fuzzy") == ["marked fuzzy"]

    def test_is_one_form_of_several_missing(self) -> None:
        catalog = Catalog(locale="fr")
        catalog.add(("%(n)d day", "%(n)d days"), ("%(n)d jour", "", ""))
        assert len(what_is_wrong(catalog)) == 1


class TestStale:
    def test_is_a_string_the_code_no_longer_has(self, tmp_path: Path) -> None:
        kept = Catalog(locale="fr")
        kept.add("Gone", "Parti")
        assert any("'Gone'" in line for line in stale(tmp_path / "django.po", kept, Catalog(locale="fr")))

    def test_is_a_compiled_file_that_says_something_else(self, tmp_path: Path) -> None:
        kept = Catalog(locale="fr")
        (tmp_path / "django.mo").write_bytes(compiled(kept))
        kept.add("Pay", "Payer")
        assert "django.mo is not what django.po says" in stale(tmp_path / "django.po", kept, kept)


class TestCommitted:
    @pytest.mark.parametrize("language", LANGUAGES)
    def test_catalogues_are_whole_and_compiled(self, language: str) -> None:
        path = ROOT / "locale" / language / "LC_MESSAGES" / "django.po"
        assert what_is_wrong(read(path, language)) == []
        assert len(read(path, language)) > 800

    def test_nothing_of_the_bank_needs_babel(self) -> None:
        rooms = [path for path in ROOT.glob("[!.]*/") if path.name != "var"]  # there other tests keep copies
        asking = {
            room.name
            for room in rooms
            for path in room.rglob("*.py")
            if re.search(r"^\s*(import|from) babel", path.read_text(), re.MULTILINE)
        }
        assert asking == {"deploy", "tests"}
