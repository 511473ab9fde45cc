"""The language of a page: asked for by the browser, chosen in the footer; programs hear English."""

from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest
from django.conf import settings
from django.template import Context, Template
from django.utils import translation

from accounts.money import Money
from accounts.words import MINUS, said, typed
from bank.language import say_date
from bank.middleware.only_pages import STAFF_PATHS
from tests.pages.conftest import Browser

FRENCH = {"accept-language": "fr-CA,fr;q=0.9,en;q=0.5"}
MACHINES = [
    "/v1/accounts",
    "/v1/nothing",
    "/v1/openapi.json",
    "/oauth/token",
    "/.well-known/api-catalog",
    "/livez",
]


@pytest.fixture
def browser(db: None) -> Browser:
    return Browser()


def language_of(page: Any) -> str:
    text = page.content.decode()
    (declared,) = {part.split('"')[0] for part in text.split('<html lang="')[1:]}
    assert page["Content-Language"] == declared
    assert {"Accept-Language", "Cookie"} <= set(page["Vary"].split(", "))
    return declared


class TestLanguage:
    def test_is_the_browsers(self, browser: Browser) -> None:
        page = browser.get("/help/", headers=FRENCH)
        assert language_of(page) == "fr"
        assert "Je n’arrive pas à me connecter" in page.content.decode()

    @pytest.mark.parametrize("asked", ["", "de", "xx-nonsense", "fr" * 400, "*"])
    def test_is_english_where_we_do_not_speak_it(self, browser: Browser, asked: str) -> None:
        assert language_of(browser.get("/help/", headers={"accept-language": asked})) == "en"

    def test_is_french_on_pages_of_failure_too(self, browser: Browser) -> None:
        page = browser.get("/no-such-page/", headers=FRENCH)
        assert page.status_code == 404
        assert language_of(page) == "fr"
        assert "Il n’y a rien ici" in page.content.decode()

    @pytest.mark.parametrize("path", STAFF_PATHS)
    def test_is_english_in_the_rooms_of_staff(self, browser: Browser, path: str) -> None:
        assert browser.get(path, headers=FRENCH)["Content-Language"] == "en"


class TestDates:
    @pytest.mark.parametrize(
        ("language", "written", "day", "read"),
        [
            ("fr", "j F Y", 1, "1er décembre 2026"),
            ("fr", "j F Y", 2, "2 décembre 2026"),
            ("fr", "j F Y", 21, "21 décembre 2026"),
            ("fr", "l j F", 1, "mardi 1er décembre"),
            ("fr", "", 1, "1er décembre 2026"),
            ("fr", r"\j: j", 1, "j: 1er"),
            ("fr", "Y-m-d", 1, "2026-12-01"),
            ("en", "j F Y", 1, "1 December 2026"),
        ],
    )
    def test_have_the_first_of_a_month_as_the_language_has_it(
        self, language: str, written: str, day: int, read: str
    ) -> None:
        page = Template("{{ day|date }}" if not written else "{{ day|date:written }}")
        with translation.override(language):
            assert say_date(date(2026, 12, day), written) == read
            assert page.render(Context({"day": date(2026, 12, day), "written": written})) == read

    def test_say_nothing_of_no_day(self) -> None:
        assert Template('{{ day|date:"j F Y" }}{{ nothing|date }}').render(Context({"day": None})) == ""

    def test_are_of_the_day_where_the_reader_is(self) -> None:
        midnight = datetime(2026, 12, 1, 23, 30, tzinfo=timezone(timedelta(hours=-1)))
        with translation.override("fr"):
            read = Template('{{ at|date:"j F, H:i" }}').render(Context({"at": midnight}))
        assert read == "2 décembre, 00:30"


class TestChoice:
    def choose(self, browser: Browser, language: str, **fields: str) -> Any:
        return browser.send("/language/", {"language": language, **fields}, form_at="/help/")

    def test_is_kept_in_a_cookie_and_leads_back(self, browser: Browser) -> None:
        chosen = self.choose(browser, "fr", next="/help/?a=1")
        assert (chosen.status_code, chosen["Location"]) == (302, "/help/?a=1")
        cookie = chosen.cookies[settings.LANGUAGE_COOKIE_NAME]
        assert (cookie.value, cookie["secure"], cookie["httponly"], cookie["samesite"]) == (
            "fr",
            True,
            True,
            "Lax",
        )
        assert language_of(browser.get("/help/")) == "fr"

    def test_counts_more_than_the_browsers(self, browser: Browser) -> None:
        self.choose(browser, "en")
        assert language_of(browser.get("/help/", headers=FRENCH)) == "en"

    @pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
    def test_leads_nowhere_else(self, browser: Browser, elsewhere: str) -> None:
        assert self.choose(browser, "fr", next=elsewhere)["Location"] == "https://testserver/"

    def test_of_a_language_there_is_not_changes_nothing(self, browser: Browser) -> None:
        assert settings.LANGUAGE_COOKIE_NAME not in self.choose(browser, "xx", next="/").cookies

    def test_is_offered_by_buttons_that_say_their_language(self, browser: Browser) -> None:
        page = browser.get("/help/").content.decode()
        assert '<button class="plain" name="language" value="fr" lang="fr">Français</button>' in page
        assert '<strong lang="en">English</strong>' in page

    def test_is_offered_to_who_cannot_read_the_page(self, browser: Browser) -> None:
        page = browser.get("/help/", headers=FRENCH).content.decode()
        assert '<button class="plain" name="language" value="en" lang="en">English</button>' in page

    def test_is_not_offered_where_what_was_typed_would_be_lost(self, browser: Browser) -> None:
        sent = browser.send("/login/", {"login": "", "password": ""})
        assert 'name="language"' not in sent.content.decode()


class TestPrograms:
    @pytest.mark.parametrize("path", MACHINES)
    def test_get_the_same_bytes_whatever_language_they_ask_for(self, browser: Browser, path: str) -> None:
        same = {"X-Request-ID": "the-same-request"}
        plain = browser.get(path, headers=same)
        browser.cookies[settings.LANGUAGE_COOKIE_NAME] = "fr"
        french = browser.get(path, headers={**FRENCH, **same})
        assert b"".join(french) == b"".join(plain)
        assert "Content-Language" not in french

    def test_hear_english_from_a_thread_that_spoke_french(self, browser: Browser) -> None:
        assert language_of(browser.get("/help/", headers=FRENCH)) == "fr"
        assert translation.get_language() == "en"
        assert "A valid access token is needed." in browser.get("/v1/accounts").content.decode()

    def test_hear_english_from_a_thread_whose_page_broke(self, browser: Browser, monkeypatch: Any) -> None:
        monkeypatch.setattr("bank.site.views.curl_to_paste", lambda: 1 / 0)
        browser.raise_request_exception = False
        assert browser.get("/developers/", headers=FRENCH).status_code == 500
        assert translation.get_language() == "en"


class TestAmounts:
    @pytest.mark.parametrize(
        ("minor", "currency", "english", "french"),
        [
            (120_450, "EUR", "€1,204.50", "1 204,50 €"),
            (-300, "GBP", f"{MINUS}£3.00", f"{MINUS}3,00 £"),
            (10_000, "BHD", "BHD 10.000", "10,000 BHD"),
            (100_000, "JPY", "¥100,000", "100 000 ¥"),
            (10**15, "EUR", "€10,000,000,000,000.00", "10 000 000 000 000,00 €"),
        ],
    )  # fmt: skip
    def test_are_said_exactly(self, minor: int, currency: str, english: str, french: str) -> None:
        money = Money(minor, currency)
        assert said(money) == english
        with translation.override("fr"):
            assert said(money).replace("\N{NARROW NO-BREAK SPACE}", " ").replace("\xa0", " ") == french
            assert " " not in said(money)

    def test_are_typed_with_a_comma_in_french_alone(self) -> None:
        assert typed("12,50") == "12,50"
        with translation.override("fr"):
            assert (typed("12,50"), typed("12.50")) == ("12.50", "12.50")
