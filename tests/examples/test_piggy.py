"""Piggy by itself: its arithmetic, its words, its sessions, and its manners when no bank answers."""

import base64
import json
import re
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from flask.testing import FlaskClient
from jwskate import Jwk
from standardwebhooks.webhooks import Webhook

from examples.piggy import words
from examples.piggy.app import create_app
from examples.piggy.bank import AccessEnded, Bank, BankRefused
from examples.piggy.browser_sessions import COOKIE
from examples.piggy.settings import Settings
from examples.piggy.spending import category_of, spending_by_category

ORIGIN = "https://localhost:9999"
ARRIVED = {"account": "acc_1", "direction": "CRDT", "amount": {"amount": "5.00", "currency": "EUR"}}


@pytest.fixture
def browser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, unused_port: int) -> FlaskClient:
    """A browser at a Piggy whose bank is not there."""
    settings = {
        "BANK_URL": f"https://localhost:{unused_port}",
        "CA_FILE": "",
        "CLIENT_ID": "piggy",
        "PRIVATE_JWK": json.dumps(Jwk.generate(alg="ES256").with_kid_thumbprint().to_dict()),
        "REDIRECT_URI": f"{ORIGIN}/callback",
        "PORT": "9999",
        "TLS_CERT": "",
        "TLS_KEY": "",
        "STATE_DIR": str(tmp_path / "state"),
    }
    for name, value in settings.items():
        monkeypatch.setenv(f"PIGGY_{name}", value)
    return create_app().test_client()


@pytest.fixture
def unused_port() -> int:
    """A port nobody listens at."""
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def paid(amount: str, code: str | None, direction: str = "DBIT") -> dict[str, Any]:
    money = {"amount": amount, "currency": "EUR"}
    return {"direction": direction, "amount": money, "merchant_category_code": code}


class TestSpendingByCategory:
    def test_adds_up_exactly_and_puts_the_most_expensive_first(self) -> None:
        slices = spending_by_category([paid("0.10", "5411"), paid("0.20", "5411"), paid("3.00", "5812")])
        assert [(each.category, each.total["amount"], each.count) for each in slices] == [
            ("Eating out", "3.00", 1),
            ("Groceries", "0.30", 2),
        ]
        assert [each.width for each in slices] == [100, 10]

    def test_leaves_out_what_came_in(self) -> None:
        assert spending_by_category([paid("5.00", None, "CRDT")]) == []

    @pytest.mark.parametrize("code", [None, "", "9999", "x", "٥٤١١"])
    def test_keeps_what_it_does_not_know_apart(self, code: str | None) -> None:
        assert category_of(code) == "Everything else"


class TestWords:
    def test_write_money_with_the_currencys_own_digits(self) -> None:
        assert words.money({"amount": "1250.00", "currency": "EUR"}) == "€1,250.00"
        assert words.money({"amount": "100000", "currency": "JPY"}) == "¥100,000"
        assert words.money({"amount": "10.000", "currency": "BHD"}) == "BHD\u00a010.000"

    def test_say_why_the_bank_refused(self) -> None:
        known = BankRefused(422, {"reason_code": "AM04", "detail": "x"}, "")
        unknown = BankRefused(422, {"reason_code": "ZZ99", "detail": "The moon is wrong."}, "")
        assert words.refusal(known) == "There is not enough money in this account."
        assert words.refusal(unknown) == "The moon is wrong."

    @pytest.mark.parametrize(
        ("pointer", "said"),
        [("/amount/amount", "12.50"), ("/creditor_account", "acc_"), ("/reference", "Shorten")],
    )
    def test_say_which_part_of_the_form_was_not_right(self, pointer: str, said: str) -> None:
        problem = {
            "detail": "The request has wrong parts.",
            "errors": [{"pointer": pointer, "code": "pattern"}],
        }
        assert said in words.refusal(BankRefused(400, problem, ""))


class TestPages:
    def test_carry_a_policy_that_allows_nothing_from_elsewhere(self, browser: FlaskClient) -> None:
        policy = browser.get("/", base_url=ORIGIN).headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'")
        assert "unsafe" not in policy
        assert "script-src" not in policy

    def test_set_a_cookie_no_script_and_no_other_host_can_read(self, browser: FlaskClient) -> None:
        cookie = browser.get("/", base_url=ORIGIN).headers["Set-Cookie"]
        assert cookie.startswith(f"{COOKIE}=")
        assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))

    def test_refuse_a_form_from_another_page(self, browser: FlaskClient) -> None:
        browser.get("/", base_url=ORIGIN)
        assert browser.post("/connect", base_url=ORIGIN).status_code == 403
        assert browser.post("/connect", base_url=ORIGIN, data={"form_token": "guess"}).status_code == 403

    def test_say_in_the_same_frame_that_there_is_no_such_page(self, browser: FlaskClient) -> None:
        answer = browser.get("/no/such/page", base_url=ORIGIN)
        assert answer.status_code == 404
        assert 'class="brand"' in answer.text

    def test_say_that_the_bank_is_out_of_reach(self, browser: FlaskClient) -> None:
        home = browser.get("/", base_url=ORIGIN).text
        token = re.search(r'name="form_token" value="([^"]+)"', home)
        assert token is not None
        answer = browser.post("/connect", base_url=ORIGIN, data={"form_token": token[1]})
        assert answer.status_code == 503
        assert "out of reach" in answer.text

    def test_take_no_answer_to_a_question_that_was_not_asked(self, browser: FlaskClient) -> None:
        answer = browser.get("/callback?code=stolen&state=x", base_url=ORIGIN, follow_redirects=True)
        assert "belongs to no question" in answer.text

    def test_ask_to_connect_before_showing_accounts(self, browser: FlaskClient) -> None:
        answer = browser.get("/accounts", base_url=ORIGIN)
        assert (answer.status_code, answer.location) == (303, "/")


class TestNews:
    @pytest.fixture
    def secret(self, browser: FlaskClient) -> str:
        """What the bank signs with, as it told Piggy."""
        secret = f"whsec_{base64.b64encode(b'a quiet harbour at night').decode()}"
        browser.application.extensions["news"].expect(secret)
        return secret

    def tell(
        self, browser: FlaskClient, secret: str, *, id_: str = "evt_1", minutes_ago: int = 0, **data: Any
    ) -> int:
        """Ring as the bank does; return the answer's status."""
        at = datetime.now(UTC) - timedelta(minutes=minutes_ago)
        body = json.dumps({"type": "transaction.booked", "timestamp": at.isoformat(), "data": ARRIVED | data})
        headers = {
            "webhook-id": id_,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": Webhook(secret).sign(id_, at, body),
        }
        return browser.post("/bank-news", base_url=ORIGIN, data=body, headers=headers).status_code

    def arrived(self, browser: FlaskClient, account: str = "acc_1") -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = browser.application.extensions["news"].arrivals({account: "Savings"})
        return found

    def test_is_kept_once_for_who_shares_the_account(self, browser: FlaskClient, secret: str) -> None:
        assert [self.tell(browser, secret) for _ in range(2)] == [204, 204]
        (arrival,) = self.arrived(browser)
        assert (arrival["name"], words.money(arrival["amount"])) == ("Savings", "€5.00")
        assert self.arrived(browser, "acc_2") == []

    def test_is_forgotten_with_the_customer(self, browser: FlaskClient, secret: str) -> None:
        for number, account in enumerate(("acc_1", "acc_2")):
            self.tell(browser, secret, id_=f"evt_{number}", account=account)
        browser.application.extensions["news"].forget(["acc_1"])
        assert (self.arrived(browser), len(self.arrived(browser, "acc_2"))) == ([], 1)

    def test_is_of_what_arrives(self, browser: FlaskClient, secret: str) -> None:
        assert self.tell(browser, secret, direction="DBIT") == 204
        assert self.arrived(browser) == []

    def test_that_the_bank_did_not_sign_is_refused(self, browser: FlaskClient, secret: str) -> None:
        other = f"whsec_{base64.b64encode(b'somebody else entirely').decode()}"
        assert self.tell(browser, other) == 401
        assert self.tell(browser, secret, minutes_ago=6) == 401
        assert browser.post("/bank-news", base_url=ORIGIN, data="{}").status_code == 401
        assert self.arrived(browser) == []

    @pytest.mark.parametrize("signature", ["", "v1", "v1,", "v1,é", "v1,*", "v2,AAAA", "v1,AAAA,AAAA"])
    def test_with_a_strange_signature_is_refused(
        self, browser: FlaskClient, secret: str, signature: str
    ) -> None:
        now = str(int(datetime.now(UTC).timestamp()))
        headers = {"webhook-id": "evt_1", "webhook-timestamp": now, "webhook-signature": signature}
        answer = browser.post("/bank-news", base_url=ORIGIN, data=b"\xff", headers=headers)
        assert answer.status_code == 401

    def test_is_refused_while_none_is_expected(self, browser: FlaskClient) -> None:
        assert self.tell(browser, f"whsec_{base64.b64encode(b'guess').decode()}") == 401

    def test_leaves_no_cookie_with_the_bank(self, browser: FlaskClient, secret: str) -> None:
        self.tell(browser, secret)
        assert browser.get_cookie(COOKIE, domain="localhost") is None


class Forgetful:
    """A server that hangs up on the first caller when the question is read, and answers the next ones."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []
        self._door = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._door.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                caller, _ = self._door.accept()
            except OSError:
                return  # closed
            with caller:
                self.heard.append(caller.recv(65536))
                if len(self.heard) > 1:
                    caller.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")

    def close(self) -> None:
        self._door.close()


class TestBrokenConnection:
    @pytest.fixture
    def bank(self, tmp_path: Path) -> Iterator[tuple[Bank, Forgetful]]:
        """Piggy's line to a bank that hangs up once."""
        server = Forgetful()
        key = Jwk.generate(alg="ES256").with_kid_thumbprint()
        yield (
            Bank(Settings(server.url, "", "piggy", key, f"{ORIGIN}/callback", tmp_path, 9999, "", "")),
            server,
        )
        server.close()

    @pytest.mark.parametrize(
        ("method", "headers"), [("GET", {}), ("POST", {"Idempotency-Key": "one and the same"})]
    )
    def test_is_tried_again_where_twice_does_nothing_twice(
        self, bank: tuple[Bank, Forgetful], method: str, headers: dict[str, str]
    ) -> None:
        line, server = bank
        assert line.call(method, "/payments", None, headers=headers).json() == {}  # type: ignore[arg-type]
        first, second = server.heard
        assert first == second

    def test_is_the_end_of_what_could_be_done_twice(self, bank: tuple[Bank, Forgetful]) -> None:
        line, server = bank
        with pytest.raises(requests.ConnectionError):
            line.call("POST", "/webhook-endpoints", None)  # type: ignore[arg-type]
        assert len(server.heard) == 1


class TestFailures:
    @pytest.mark.parametrize(
        ("failure", "status", "words_of_it"),
        [
            (BankRefused(429, {"code": "rate_limited"}, "17"), 429, "a break of 17 s"),
            (BankRefused(404, {}, ""), 404, "no such thing"),
            (BankRefused(403, {"detail": "Not with this scope."}, ""), 403, "Not with this scope."),
            (AccessEnded(), 401, "You stopped sharing with Piggy"),
        ],
    )
    def test_are_said_in_plain_words(
        self, browser: FlaskClient, failure: Exception, status: int, words_of_it: str
    ) -> None:
        def fail() -> str:
            raise failure

        browser.application.add_url_rule("/fails", view_func=fail)
        answer = browser.get("/fails", base_url=ORIGIN)
        assert answer.status_code == status
        assert words_of_it in answer.text


class TestBrowserSessions:
    def test_survive_a_restart(self, browser: FlaskClient) -> None:
        first = browser.get("/", base_url=ORIGIN).text
        cookie = browser.get_cookie(COOKIE, domain="localhost")
        assert cookie is not None
        again = create_app().test_client()
        again.set_cookie(COOKIE, cookie.value, domain="localhost", secure=True)
        assert again.get("/", base_url=ORIGIN).text == first

    def test_keep_no_cookie_in_the_file(self, browser: FlaskClient, tmp_path: Path) -> None:
        browser.get("/", base_url=ORIGIN)
        cookie = browser.get_cookie(COOKIE, domain="localhost")
        assert cookie is not None
        assert cookie.value.encode() not in (tmp_path / "state" / "sessions.sqlite3").read_bytes()
