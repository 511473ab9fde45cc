"""Passkeys over Django's client, with a device in software."""

import html
import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.conf import settings

from bank.access.roles import SUPPORT
from oauth import sign_in
from tests.pages.conftest import Browser, Person
from tests.support.passkey import PRESENT, Passkey

Make = Callable[..., Person]
ADD = "/account/security/passkeys/add/"
CONFIRM = "/account/security/confirm/passkey/"


def options_on(page: Any) -> dict[str, Any]:
    """Return what a page's form asks of the device."""
    found = re.search(r'data-options="([^"]+)"', page.content.decode())
    assert found
    return dict(json.loads(html.unescape(found[1])))


def answer(browser: Browser, path: str, credential: str, **fields: str) -> Any:
    """Post a device's answer; the challenge was fetched before, and no page is looked at in between."""
    token = browser.cookies[settings.CSRF_COOKIE_NAME].value
    sent = {"credential": credential, "csrfmiddlewaretoken": token, **fields}
    return browser.post(path, sent, secure=True, headers={"referer": "https://testserver/"})


def challenge(browser: Browser) -> dict[str, Any]:
    """Fetch the challenge of the sign-in page, as its script does."""
    browser.get("/login/")
    fetched = browser.get("/login/passkey/", headers={"x-requested-with": "XMLHttpRequest"})
    return dict(fetched.json()["request_options"]["publicKey"])


def confirm(browser: Browser, someone: Person) -> None:
    assert browser.send("/account/security/confirm/", {"password": someone.password}).status_code == 302


def new_passkey(browser: Browser, someone: Person, **fields: Any) -> Passkey:
    """Sign in, and add a passkey on the security page."""
    browser.sign_in(someone)
    confirm(browser, someone)
    return add_passkey(browser, **fields)


def add_passkey(browser: Browser, **fields: Any) -> Passkey:
    key = Passkey(settings.PUBLIC_ORIGIN, **fields)
    made = key.create(options_on(browser.get(ADD)))
    assert answer(browser, ADD, made, name="My telephone").status_code == 302
    return key


def get_in(browser: Browser, key: Passkey, **fields: str) -> Any:
    return answer(browser, "/login/passkey/", key.get(challenge(browser)), **fields)


def signed_in(browser: Browser) -> bool:
    return bool(browser.get("/account/security/").status_code == 200)


class TestAdding:
    def test_lists_the_passkey_by_its_name_and_shows_recovery_codes(
        self, browser: Browser, person: Make
    ) -> None:
        new_passkey(browser, person())
        assert "shown this once" in browser.get("/account/security/recovery-codes/").content.decode()
        assert "My telephone" in browser.get("/account/security/").content.decode()

    def test_asks_for_a_key_that_signs_in_by_itself_under_finger_face_or_pin(
        self, browser: Browser, person: Make
    ) -> None:
        someone = person()
        browser.sign_in(someone)
        confirm(browser, someone)
        asked = options_on(browser.get(ADD))
        chosen = asked["authenticatorSelection"]
        assert (chosen["residentKey"], chosen["userVerification"]) == ("required", "required")
        assert asked["rp"]["id"] == "testserver"

    def test_needs_a_fresh_confirmation(self, browser: Browser, person: Make) -> None:
        browser.sign_in(person())
        assert browser.get(ADD)["Location"].startswith("/account/security/confirm/")

    @pytest.mark.parametrize(
        "credential",
        ["", "{}", "[]", "null", '"text"', '{"id": 1}', '{"response": {}}', '{"id": "é", "rawId": "é"}',
         '{"id": "AA", "rawId": "AA", "response": {"clientDataJSON": "AA", "attestationObject": "AA"}}'],
    )  # fmt: skip
    def test_refuses_what_is_no_passkey(self, browser: Browser, person: Make, credential: str) -> None:
        someone = person()
        browser.sign_in(someone)
        confirm(browser, someone)
        browser.get(ADD)
        assert answer(browser, ADD, credential).status_code == 200
        assert not Authenticator.objects.filter(user=someone.user).exists()

    @pytest.mark.parametrize("wrong", [{"flags": PRESENT}, {"host": "evil.example"}])
    def test_refuses_a_key_that_nobody_unlocked_or_that_is_for_another_place(
        self, browser: Browser, person: Make, wrong: dict[str, Any]
    ) -> None:
        someone = person()
        browser.sign_in(someone)
        confirm(browser, someone)
        key = replace(Passkey(settings.PUBLIC_ORIGIN), **wrong)
        answer(browser, ADD, key.create(options_on(browser.get(ADD))))
        assert not Authenticator.objects.filter(user=someone.user).exists()


class TestSigningIn:
    def test_needs_no_name_and_no_password(self, browser: Browser, person: Make) -> None:
        key, there = new_passkey(browser, person()), Browser()
        assert get_in(there, key)["Location"] == "/account/"
        assert signed_in(there)

    def test_is_two_factors(self, browser: Browser, person: Make, rf: Any) -> None:
        someone, there = person(), Browser()
        get_in(there, new_passkey(browser, someone))
        request = rf.get("/")
        request.session, request.user = there.session, someone.user
        how = sign_in.of_session(request)
        assert (how.acr, how.amr) == (sign_in.TWO_FACTORS, ("pop",))

    def test_leads_to_the_page_asked_for_and_never_elsewhere(self, browser: Browser, person: Make) -> None:
        key = new_passkey(browser, person())
        assert get_in(Browser(), key, next="/account/apps/")["Location"] == "/account/apps/"
        assert get_in(Browser(), key, next="https://evil.example/")["Location"] == "/account/"

    def test_works_for_staff_all_the_way_into_the_admin(self, browser: Browser, person: Make) -> None:
        key, there = new_passkey(browser, person(SUPPORT)), Browser()
        get_in(there, key)
        assert there.get("/admin/").status_code == 200

    def test_takes_an_answer_once(self, browser: Browser, person: Make) -> None:
        key, there, thief = new_passkey(browser, person()), Browser(), Browser()
        sent = key.get(challenge(there))
        assert answer(there, "/login/passkey/", sent)["Location"] == "/account/"
        challenge(thief)
        answer(thief, "/login/passkey/", sent)
        assert not signed_in(thief)

    def test_takes_an_answer_once_even_within_the_same_session(self, browser: Browser, person: Make) -> None:
        key, there, same = new_passkey(browser, person()), Browser(), Browser()
        sent = key.get(challenge(there))
        same.cookies[settings.CSRF_COOKIE_NAME] = there.cookies[settings.CSRF_COOKIE_NAME].value
        stale = there.session  # as a second request that read the session before the first was through
        answer(there, "/login/passkey/", sent)
        stale.save(must_create=True)
        same.cookies[settings.SESSION_COOKIE_NAME] = stale.session_key
        answer(same, "/login/passkey/", sent)
        assert not signed_in(same)

    @pytest.mark.parametrize(
        "wrong",
        [{"flags": PRESENT}, {"host": "evil.example"}, {"origin": "https://evil.example"}, {"id": b"x" * 32},
         {"user_handle": "AAAA"}, {"user_handle": ""}, {"key": Passkey("").key}],
        ids=["not unlocked", "other host", "other origin", "unknown key", "nobody", "no handle", "other key"],
    )  # fmt: skip
    def test_refuses_any_other_answer(self, browser: Browser, person: Make, wrong: dict[str, Any]) -> None:
        key, there = new_passkey(browser, person()), Browser()
        assert get_in(there, replace(key, **wrong))["Location"] == "/login/"
        assert not signed_in(there)

    @pytest.mark.parametrize(
        "credential",
        ["", "{}", "[]", "null", "1", '{"response": 3}', '{"response": {"userHandle": 5}}', "[" * 2000,
         '{"id": "AA", "rawId": "AA", "type": "public-key", "response": {"userHandle": "\\u0000"}}'],
    )  # fmt: skip
    def test_survives_any_nonsense(self, browser: Browser, db: None, credential: str) -> None:
        challenge(browser)
        assert answer(browser, "/login/passkey/", credential)["Location"] == "/login/"

    def test_refuses_a_copied_key_whose_counter_stands_still(self, browser: Browser, person: Make) -> None:
        key = new_passkey(browser, person())
        there, copy = Browser(), Browser()
        get_in(there, replace(key, counter=7))
        get_in(copy, replace(key, counter=7))
        assert (signed_in(there), signed_in(copy)) == (True, False)

    def test_refuses_a_closed_login(self, browser: Browser, person: Make) -> None:
        someone, there = person(), Browser()
        key = new_passkey(browser, someone)
        someone.user.is_active = False
        someone.user.save()
        assert get_in(there, key)["Location"] == "/login/"
        assert not signed_in(there)

    def test_leaves_its_traces(self, browser: Browser, person: Make, traces: list[dict[str, Any]]) -> None:
        key = new_passkey(browser, person())
        traces.clear()
        get_in(Browser(), key)
        assert [(t["kind"], t.get("reason")) for t in traces] == [
            ("mfa.succeeded", "webauthn"), ("login.succeeded", "")
        ]  # fmt: skip
        get_in(Browser(), replace(key, flags=PRESENT))
        assert (traces[-1]["kind"], traces[-1]["reason"]) == ("login.failed", "wrong_passkey")


class TestSecondFactor:
    def test_can_be_the_passkey(self, browser: Browser, person: Make) -> None:
        someone, there = person(), Browser()
        key = new_passkey(browser, someone)
        asked = there.send("/login/", {"login": someone.user.username, "password": someone.password})
        assert asked["Location"] == "/login/code/"
        sent = key.get(options_on(there.get("/login/code/")))
        assert answer(there, "/login/code/", sent)["Location"] == "/account/"
        assert signed_in(there)

    def test_refuses_another_persons_passkey(self, browser: Browser, person: Make) -> None:
        other, someone, there = new_passkey(Browser(), person()), person(), Browser()
        new_passkey(browser, someone)
        there.send("/login/", {"login": someone.user.username, "password": someone.password})
        answer(there, "/login/code/", other.get(options_on(there.get("/login/code/"))))
        assert not signed_in(there)


class TestConfirming:
    def test_opens_what_asks_for_it(self, browser: Browser, person: Make) -> None:
        someone, there = person(), Browser()
        key = new_passkey(browser, someone)
        get_in(there, key)
        asked = there.get(ADD)["Location"]
        assert asked.startswith("/account/security/confirm/")
        page = there.get(f"{CONFIRM}?next={ADD}")
        assert answer(there, CONFIRM, key.get(options_on(page)), next=ADD)["Location"] == ADD
        assert there.get(ADD).status_code == 200

    def test_refuses_a_wrong_answer(self, browser: Browser, person: Make) -> None:
        key, there = new_passkey(browser, person()), Browser()
        get_in(there, key)
        wrong = replace(key, flags=PRESENT).get(options_on(there.get(CONFIRM)))
        assert answer(there, CONFIRM, wrong)["Location"] == CONFIRM
        assert there.get(ADD).status_code == 302


class TestKeeping:
    def path(self, someone: Person, what: str) -> str:
        key = Authenticator.objects.get(user=someone.user, type=Authenticator.Type.WEBAUTHN)
        return f"/account/security/passkeys/{key.pk}/{what}/"

    def test_gives_another_name(self, browser: Browser, person: Make) -> None:
        someone = person()
        new_passkey(browser, someone)
        assert browser.send(self.path(someone, "name"), {"name": "Red key"}).status_code == 302
        assert "Red key" in browser.get("/account/security/").content.decode()

    def test_removes_it_so_that_it_lets_nobody_in(self, browser: Browser, person: Make) -> None:
        someone, there = person(), Browser()
        key = new_passkey(browser, someone)
        assert browser.send(self.path(someone, "remove")).status_code == 302
        get_in(there, key)
        assert not signed_in(there)

    @pytest.mark.parametrize("what", ["name", "remove"])
    def test_does_not_touch_somebody_elses(self, browser: Browser, person: Make, what: str) -> None:
        someone, other = person(), person()
        new_passkey(Browser(), someone)
        new_passkey(browser, other)
        assert browser.get(self.path(someone, what)).status_code == 404

    def test_leaves_staff_their_last_second_factor(self, browser: Browser, person: Make) -> None:
        someone = person(SUPPORT)
        new_passkey(browser, someone)
        browser.send(self.path(someone, "remove"))
        assert Authenticator.objects.filter(user=someone.user, type="webauthn").exists()


class TestPages:
    def test_carry_no_script_of_their_own(self, browser: Browser, person: Make) -> None:
        someone = person()
        browser.sign_in(someone)
        confirm(browser, someone)
        for path in ("/login/", ADD, "/account/security/"):
            inline = re.findall(r"<script(?![^>]*\bsrc=)", browser.get(path).content.decode())
            assert inline == []
