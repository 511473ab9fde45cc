"""The customer's browser, as small as it gets: cookies, forms, and where it was sent last."""

import base64
import hmac
import struct
import time
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import requests

from examples.tour.telling import NotAsPromised, expect

TOTP_PERIOD_SECONDS = 30


@dataclass
class Form:
    """A form as the page offers it."""

    action: str = ""
    method: str = "get"
    values: dict[str, str] = field(default_factory=dict)
    offered: dict[str, list[str]] = field(default_factory=dict)

    def has(self, *names: str) -> bool:
        """Say whether the form has all these fields."""
        return set(names) <= self.offered.keys()


class _Reader(HTMLParser):
    """Collects a page's words, links and forms; boxes and buttons are offered, not ticked or pressed."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.links: list[str] = []
        self.forms: list[Form] = []
        self.feed(page)

    def handle_data(self, data: str) -> None:
        self.words += data.split()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "a":
            self.links.append(given.get("href", ""))
        elif tag == "form":
            self.forms.append(Form(given.get("action", ""), given.get("method", "get").lower()))
        elif tag in {"input", "button"} and self.forms and given.get("name"):
            self._add(given["name"], given.get("value", ""), given.get("type", tag), "disabled" in given)

    def _add(self, name: str, value: str, kind: str, disabled: bool) -> None:
        form = self.forms[-1]
        if not disabled:
            form.offered.setdefault(name, []).append(value)
        if kind in {"hidden", "text"}:
            form.values[name] = value


class Browser:
    """Follows redirects inside the bank and stops when it is sent elsewhere."""

    def __init__(self, bank_url: str, ca_file: str) -> None:
        self._http = requests.Session()
        self._http.trust_env = False
        self._http.verify = ca_file
        self._bank_url = bank_url
        self.page = requests.Response()
        self.sent_away_to = ""

    def open(self, url: str) -> None:
        """Go to a page."""
        self._go("GET", urljoin(self._bank_url, url), {})

    def forms(self) -> list[Form]:
        """Return the forms of the page shown."""
        return _Reader(self.page.text).forms

    def links(self) -> list[str]:
        """Return where the page's links lead."""
        return _Reader(self.page.text).links

    def form_with(self, *names: str) -> Form:
        """Return the first form that has these fields; raises NotAsPromised."""
        for form in self.forms():
            if form.has(*names):
                return form
        raise NotAsPromised(f"a form with {', '.join(names)} on {self.page.url}", self.words())

    def submit(self, form: Form, **typed: str | list[str]) -> None:
        """Send a form with what was typed, ticked and pressed."""
        self._go("POST", urljoin(self.page.url, form.action or self.page.url), {**form.values, **typed})

    def cookies(self) -> dict[str, str]:
        """Return what the bank asked the browser to remember."""
        return {cookie.name: cookie.value or "" for cookie in self._http.cookies}

    def words(self) -> str:
        """Return the beginning of what the page says, for messages."""
        return f"{self.page.status_code} {' '.join(_Reader(self.page.text).words)[:300]}"

    def _go(self, method: str, url: str, data: dict[str, str | list[str]]) -> None:
        headers = {"Referer": self.page.url, "Origin": self._bank_url} if method == "POST" else {}
        self.sent_away_to = ""
        self.page = self._http.request(
            method, url, data=data, headers=headers, allow_redirects=False, timeout=20
        )
        while self.page.is_redirect and not self.sent_away_to:
            target = urljoin(self.page.url, self.page.headers["Location"])
            if _origin(target) != _origin(self._bank_url):
                self.sent_away_to = target
            else:
                self.page = self._http.get(target, allow_redirects=False, timeout=20)


def _origin(url: str) -> str:
    return "{0.scheme}://{0.netloc}".format(urlsplit(url))


def sign_in(browser: Browser, user: dict[str, str]) -> str:
    """Fill in the sign-in form on the page shown, and the second factor when asked; return what was asked."""
    form = browser.form_with("login", "password")
    browser.submit(form, login=user["username"], password=user["password"])
    if not any(form.has("code") for form in browser.forms()):
        _expect_signed_in(browser)
        return "password"
    browser.submit(browser.form_with("code"), code=one_time_code(user["totp_secret"]))
    if any(form.has("code") for form in browser.forms()):  # each code works once: wait for the next
        time.sleep(TOTP_PERIOD_SECONDS - time.time() % TOTP_PERIOD_SECONDS + 0.5)
        browser.submit(browser.form_with("code"), code=one_time_code(user["totp_secret"]))
    _expect_signed_in(browser)
    return "password and one-time code"


def _expect_signed_in(browser: Browser) -> None:
    asked_again = any(form.has("password") or form.has("code") for form in browser.forms())
    expect(not asked_again, "to be signed in", browser.words())


def one_time_code(secret: str) -> str:
    """Return the code an authenticator shows now for this secret (RFC 6238: SHA-1, six digits, 30 s)."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    counter = struct.pack(">Q", int(time.time()) // TOTP_PERIOD_SECONDS)
    digest = hmac.digest(key, counter, "sha1")
    start = digest[-1] & 0x0F
    number = struct.unpack(">I", digest[start : start + 4])[0] & 0x7FFFFFFF
    return f"{number % 1_000_000:06}"
