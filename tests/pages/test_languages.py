"""Every page in a language nobody speaks: what is still English there never came from the catalogue."""

from pathlib import Path
from typing import Any

import pytest

from tests.pages.every_page import WORDS, Town
from tests.support import pseudo
from tests.support.styled import styled

# Which elements reach beyond the page, where the page scrolls at all.
TOO_WIDE = """() => document.documentElement.scrollWidth <= innerWidth ? [] :
    [...document.querySelectorAll("body *")].filter(one => one.getBoundingClientRect().right > innerWidth)
    .map(one => one.outerHTML.slice(0, 200))"""
# Which names of months stand on the next one, and which letters are too small to read.
CROWDED = """() => [...document.querySelectorAll(".chart text")].filter(one => one.getClientRects().length)
    .map(one => [one.textContent, one.getBoundingClientRect()])
    .filter(([, box], i, all) => box.height < 11 || i && box.left < all[i - 1][1].right + 2)
    .map(([name]) => name)"""

pytestmark = pytest.mark.django_db(databases=["default", "reader"])


@pytest.fixture
def pseudo_locale(settings: Any, tmp_path: Path) -> None:
    """The bank speaks the language nobody speaks, besides its own."""
    pseudo.write(tmp_path)
    settings.LOCALE_PATHS = [tmp_path, *settings.LOCALE_PATHS]
    settings.LANGUAGES = [*settings.LANGUAGES, (pseudo.CODE, pseudo.NAME)]


class TestEveryPage:
    def test_says_nothing_but_by_the_catalogue(self, pseudo_locale: None) -> None:
        pages = list(Town().pages(pseudo.CODE))
        foreign = {text: at for at, html in pages for text in pseudo.not_from_the_catalogue(html, WORDS)}
        assert not foreign, "\n".join(f"{at}: {text}" for text, at in foreign.items())
        assert len(pages) > 50


class TestNarrow:
    @pytest.mark.browser
    @pytest.mark.parametrize("language", ["fr", pseudo.CODE])
    def test_scrolls_no_page_sideways(self, pseudo_locale: None, chromium: Any, language: str) -> None:
        window = chromium.new_page(viewport={"width": 320, "height": 640}, java_script_enabled=False)
        wide = []
        for address, html in Town().pages(language):
            window.set_content(styled(html))
            wide += [f"{address}: {element}" for element in window.evaluate(TOO_WIDE)]
        window.close()
        assert not wide, "\n".join(wide)

    @pytest.mark.browser
    @pytest.mark.parametrize("language", ["en", "fr"])
    @pytest.mark.parametrize("width", [320, 640, 1280])
    def test_keeps_the_months_of_the_chart_apart(self, chromium: Any, width: int, language: str) -> None:
        window = chromium.new_page(viewport={"width": width, "height": 640}, java_script_enabled=False)
        town = Town()
        page = town.browser.get(
            f"/account/accounts/{town.ids['account_id']}/", headers={"accept-language": language}
        )
        window.set_content(styled(page.content.decode()))
        shown, crowded = window.locator(".chart text:visible").count(), window.evaluate(CROWDED)
        window.close()
        assert (shown, crowded) == (6 if width < 1280 else 12, [])
