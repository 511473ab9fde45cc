"""Front pages, the reference, the well-known files and the pages of failure, over Django's client."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils.module_loading import autodiscover_modules

from bank import health
from bank.access.permissions import app_scopes
from bank.problems import all_errors, type_url
from bank.site import docs
from bank.site.openapi_page import sections

PAGES = [
    "/",
    "/developers/",
    "/help/",
    "/explorer/",
    "/explorer/oauth2-redirect/",
    "/docs/",
    "/docs/errors/",
    "/docs/errors/not_found/",
    "/login/",
]
INLINE = re.compile(r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)|javascript:", re.IGNORECASE)
ELSEWHERE = re.compile(r"""(?:src|href)=["'](?:https?:)?//(?!testserver)""")

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture
def browser() -> Client:
    return Client()


def get(browser: Client, path: str) -> Any:
    return browser.get(path, secure=True)


class TestFrontPages:
    @pytest.mark.parametrize("path", PAGES)
    def test_are_open_to_everybody(self, browser: Client, path: str) -> None:
        answer = get(browser, path)
        assert answer.status_code == 200
        assert answer["Content-Type"] == "text/html; charset=utf-8"

    @pytest.mark.parametrize("path", [*PAGES, "/no-such-page/"])
    def test_run_nothing_inline_and_load_nothing_from_elsewhere(self, browser: Client, path: str) -> None:
        answer = get(browser, path)
        page = answer.content.decode()
        assert INLINE.search(page) is None
        assert ELSEWHERE.search(page) is None
        assert set(answer["Content-Security-Policy"].split("; ")) == {
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self' data:",
            "font-src 'self'",
            "connect-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        }

    @pytest.mark.parametrize("path", PAGES)
    def test_answer_reads_only(self, browser: Client, path: str) -> None:
        if path != "/login/":
            assert browser.post(path, secure=True).status_code == 405

    @pytest.mark.parametrize("path", ["/static/bank/site.css", "/"])
    def test_say_what_is_served_to_who_asks_for_more(self, browser: Client, path: str) -> None:
        refused = browser.options(path, secure=True)
        assert (refused.status_code, refused["Allow"]) == (405, "GET, HEAD")
        assert "<h1>This method is not served here.</h1>" in refused.content.decode()

    @pytest.mark.parametrize("path", PAGES)
    def test_say_to_head_how_long_they_are(self, browser: Client, path: str) -> None:
        told, page = browser.head(path, secure=True), get(browser, path)
        assert (told["Content-Length"], told.content) == (page["Content-Length"], b"")

    def test_use_at_most_four_scripts_of_the_banks_own(self) -> None:
        assert len(list((settings.BASE_DIR / "bank" / "site" / "static").rglob("*.js"))) <= 4


class TestLanding:
    def test_has_four_doors(self, browser: Client) -> None:
        page = get(browser, "/").content.decode()
        assert all(f'href="{door}"' in page for door in ("/developers/", "/account/", "/admin/", "/docs/"))

    def test_shows_each_part_of_the_bank(self, browser: Client) -> None:
        page = get(browser, "/").content.decode()
        assert page.count("✓&nbsp;Working") == len(health.PROBES) + 1

    def test_says_when_a_part_is_down(self, browser: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        def broken() -> None:
            raise ConnectionError

        monkeypatch.setitem(health.PROBES, "broker", broken)
        page = get(browser, "/").content.decode()
        assert "✗&nbsp;Not answering" in page
        assert "Every part answers" not in page

    def test_offers_a_command_that_asks_this_bank(self, browser: Client) -> None:
        page = get(browser, "/").content.decode()
        assert (
            f"curl --cacert var/tls/ca.pem {settings.PUBLIC_ORIGIN}/.well-known/openid-configuration" in page
        )


class TestDevelopers:
    def test_lists_every_scope_with_its_sentence(self, browser: Client) -> None:
        page = get(browser, "/developers/").content.decode()
        assert all(scope in page and sentence in page for scope, sentence in app_scopes().items())


class TestReference:
    def test_names_every_operation(self, browser: Client) -> None:
        page = get(browser, "/docs/").content.decode()
        operations = [operation for section in docs._sections() for operation in section.operations]
        assert len(operations) >= 10
        for operation in operations:
            assert f'id="{operation.id}"' in page
            assert operation.path in page

    def test_follows_references_and_lists_inner_fields(self) -> None:
        money = {"type": "object", "properties": {"amount": {"type": "string"}}, "required": ["amount"]}
        schema = {"type": "array", "items": {"properties": {"paid": {"$ref": "#/components/schemas/Money"}}}}
        answers = {"200": {"description": "Yes.", "content": {"application/json": {"schema": schema}}}}
        document = {
            "components": {"schemas": {"Money": money}},
            "paths": {
                "/x": {"get": {"operationId": "x", "responses": answers, "description": "One.\nMore."}}
            },
        }
        (operation,) = sections(document)[0].operations
        assert (operation.summary, operation.description) == ("One.", "More.")
        assert [(row.name, row.required) for row in operation.result] == [
            ("[].paid", False),
            ("[].paid.amount", True),
        ]


class TestErrors:
    def test_each_have_a_page_at_the_address_their_type_names(self, browser: Client) -> None:
        autodiscover_modules("errors")
        kinds = list(all_errors())
        assert len(kinds) > 20
        for kind in kinds:
            page = get(browser, type_url(kind.code).removeprefix(settings.PUBLIC_ORIGIN))
            assert page.status_code == 200, kind.code
            assert f"<code>{kind.code}</code>" in page.content.decode()

    def test_are_all_listed_once(self, browser: Client) -> None:
        page = get(browser, "/docs/errors/").content.decode()
        assert all(page.count(f'href="/docs/errors/{kind.code}/"') == 1 for kind in all_errors())

    def test_that_do_not_exist_have_none(self, browser: Client) -> None:
        assert get(browser, "/docs/errors/no_such_error/").status_code == 404


class TestWellKnown:
    def test_security_txt_says_whom_to_tell_for_less_than_a_year(self, browser: Client) -> None:
        answer = get(browser, "/.well-known/security.txt")
        fields = dict(line.split(": ", 1) for line in answer.content.decode().splitlines())
        assert answer["Content-Type"].startswith("text/plain")
        assert fields["Contact"].startswith(("https://", "mailto:"))
        expires = datetime.fromisoformat(fields["Expires"])
        assert timedelta(0) < expires - datetime.now(UTC) < timedelta(days=365)

    def test_security_txt_and_help_name_one_address_and_send_nobody_round(
        self, browser: Client, settings: Any
    ) -> None:
        settings.SECURITY_CONTACT = "mailto:security@bank.example"
        assert (
            "Contact: mailto:security@bank.example\n"
            in get(browser, "/.well-known/security.txt").content.decode()
        )
        assert (
            'href="mailto:security@bank.example">security@bank.example<'
            in get(browser, "/help/").content.decode()
        )
        settings.SECURITY_CONTACT = ""
        assert "/help/#security\n" in get(browser, "/.well-known/security.txt").content.decode()
        assert "security.txt" not in get(browser, "/help/").content.decode()

    def test_api_catalog_leads_to_the_description(self, browser: Client) -> None:
        answer = get(browser, "/.well-known/api-catalog")
        assert answer["Content-Type"].startswith("application/linkset+json")
        (entry,) = answer.json()["linkset"]
        assert entry["service-desc"][0]["href"] == f"{settings.PUBLIC_ORIGIN}/v1/openapi.json"


class TestFailurePage:
    def test_is_a_page_with_a_number_to_quote(self, browser: Client) -> None:
        answer = get(browser, "/no-such-page/")
        assert answer.status_code == 404
        assert "There is nothing here" in answer.content.decode()
        assert answer["X-Request-ID"] in answer.content.decode()

    def test_tells_nothing_when_the_bank_breaks(
        self, browser: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken() -> None:
            raise RuntimeError("a secret detail")

        monkeypatch.setattr("bank.site.views.live_status", broken)
        browser.raise_request_exception = False
        answer = get(browser, "/")
        assert answer.status_code == 500
        assert "Something broke on our side" in answer.content.decode()
        assert "secret detail" not in answer.content.decode()
