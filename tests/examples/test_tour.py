"""How the tour tells its story, and the customer's small browser."""

import requests
import time_machine

from examples.tour.browser import Browser, one_time_code
from examples.tour.telling import Told, as_json, as_line, expect, tell

# RFC 6238 appendix B, SHA-1, the last six of its eight digits
RFC_SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"


class TestOneTimeCode:
    def test_shows_what_the_rfc_shows(self) -> None:
        for moment, code in ((59, "287082"), (1111111109, "081804"), (20000000000, "353130")):
            with time_machine.travel(moment, tick=False):
                assert one_time_code(RFC_SECRET) == code


class TestTell:
    def test_stops_at_the_first_step_that_fails(self) -> None:
        def fails(_: object) -> str:
            expect(False, "a 200", "404 no such thing")
            return "unreachable"

        told = list(tell([("one", lambda _: "fine"), ("two", fails), ("three", lambda _: "fine")], None))
        assert [each.ok for each in told] == [True, False]
        assert (told[1].expected, told[1].came) == ("a 200", "404 no such thing")

    def test_takes_a_broken_line_for_a_failure(self) -> None:
        def loses_the_line(_: object) -> str:
            raise requests.ConnectionError("gone")

        (told,) = tell([("one", loses_the_line)], None)
        assert not told.ok
        assert "gone" in told.came


class TestAsLine:
    def test_says_what_was_expected_and_what_came(self) -> None:
        line = as_line(Told(2, "payment", False, 0.1, "", "201", "422 no money"))
        assert "✗  2 payment" in line
        assert "expected: 201" in line
        assert "came:     422 no money" in line

    def test_has_a_twin_for_programs(self) -> None:
        assert '"ok": true' in as_json(Told(1, "discovery", True, 0.1, "fine"))


class TestForms:
    PAGE = """<form method="post" action="/x">
        <input type="hidden" name="csrfmiddlewaretoken" value="t">
        <input type="checkbox" name="accounts" value="acc_1">
        <input type="checkbox" name="accounts" value="acc_2" disabled>
        <button name="decision" value="share">Share</button></form>"""

    def test_offer_what_can_be_chosen_and_carry_what_is_hidden(self) -> None:
        browser = Browser("https://bank.example", "ca.pem")
        browser.page._content = self.PAGE.encode()
        form = browser.form_with("accounts", "decision")
        assert form.offered["accounts"] == ["acc_1"]
        assert form.values == {"csrfmiddlewaretoken": "t"}

    def test_are_read_with_the_links_and_words_around_them(self) -> None:
        browser = Browser("https://bank.example", "ca.pem")
        browser.page._content = b'<p>Hello <a href="/account/apps/">Connected apps</a></p>'
        assert browser.links() == ["/account/apps/"]
        assert browser.words() == "None Hello Connected apps"
