"""Signing in, over Django's client with real forms."""

import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from axes.models import AccessAttempt
from django.conf import settings
from django.core.cache import cache
from django.test import override_settings
from django.utils import timezone

import bank.settings
from bank.access.roles import CUSTOMER, SUPPORT
from tests.pages.conftest import Browser, Person, make_person

Make = Callable[..., Person]
WRONG = "not it"


def wrong(browser: Browser, login: str, password: str = WRONG) -> Any:
    return browser.send("/login/", {"login": login, "password": password})


def fail_often(browser: Browser, times: int) -> None:
    """As if so many names had been tried from the browser's address."""
    address = browser.defaults["REMOTE_ADDR"]
    rows = (
        AccessAttempt(
            username=f"guess-{n}", ip_address=address, attempt_time=timezone.now(), failures_since_start=1
        )
        for n in range(times)
    )
    AccessAttempt.objects.bulk_create(rows)


def confirm(browser: Browser, someone: Person) -> None:
    assert browser.send("/account/security/confirm/", {"password": someone.password}).status_code == 302


def signed_in(browser: Browser) -> bool:
    return bool(browser.get("/account/security/").status_code == 200)


class TestPassword:
    def test_lets_the_right_person_in(self, browser: Browser, person: Make) -> None:
        answer = browser.sign_in(person())
        assert answer.status_code == 302
        assert answer["Location"] == "/account/"
        assert signed_in(browser)

    @override_settings(PASSWORD_HASHERS=bank.settings.PASSWORD_HASHERS)
    def test_is_hashed_with_argon2id_at_full_cost(self, person: Make) -> None:
        assert person().user.password.startswith("argon2$argon2id$v=19$m=102400,t=2,")

    def test_says_the_same_for_a_wrong_password_and_an_unknown_name(
        self, browser: Browser, person: Make
    ) -> None:
        known = wrong(browser, person().user.username)
        unknown = wrong(browser, "nobody-at-all")
        pages = [answer.content.decode().split("<main")[1].split("<form")[0] for answer in (known, unknown)]
        assert pages[0] == pages[1]
        assert "The name or the password is not right." in pages[0]

    def test_titles_a_page_with_errors_so_and_gives_them_the_focus(self, browser: Browser) -> None:
        page = wrong(browser, "nobody").content.decode()
        assert "<title>Error: Sign in" in page
        assert 'role="alert" tabindex="-1" autofocus' in page

    def test_does_not_tell_that_the_password_of_a_closed_login_is_right(
        self, browser: Browser, person: Make
    ) -> None:
        closed = person()
        closed.user.is_active = False
        closed.user.save()
        answer = browser.sign_in(closed)
        assert answer.status_code == 200
        assert "The name or the password is not right." in answer.content.decode()

    def test_needs_the_form_token(self, browser: Browser, person: Make) -> None:
        fields = {"login": person().user.username, "password": "a quiet harbour at night"}
        assert browser.post("/login/", fields, secure=True).status_code == 403

    def test_gives_the_session_a_new_key(self, browser: Browser, person: Make) -> None:
        session = browser.session
        session["planted"] = "by somebody"
        session.save()
        browser.cookies[settings.SESSION_COOKIE_NAME] = session.session_key
        browser.sign_in(person())
        assert browser.cookies[settings.SESSION_COOKIE_NAME].value != session.session_key

    def test_cannot_be_used_to_sign_up(self, browser: Browser) -> None:
        assert browser.get("/signup/").status_code == 404
        assert "sign up" not in browser.get("/login/").content.decode().lower()


class TestWayBack:
    @pytest.mark.parametrize(
        "elsewhere",
        ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "https:/\\evil.example"],
    )
    def test_never_leads_to_another_place(self, browser: Browser, person: Make, elsewhere: str) -> None:
        assert browser.sign_in(person(), to=elsewhere)["Location"] == "/account/"

    def test_leads_to_a_page_of_the_bank(self, browser: Browser, person: Make) -> None:
        someone = person()
        page = browser.get("/login/?next=/account/apps/")
        fields = {
            "login": someone.user.username,
            "password": someone.password,
            "next": "/account/apps/",
            "csrfmiddlewaretoken": str(page.context["csrf_token"]),
        }
        answer = browser.post("/login/", fields, secure=True, headers={"referer": "https://testserver/"})
        assert answer["Location"] == "/account/apps/"


class TestSigningOut:
    def test_needs_a_post(self, browser: Browser, person: Make) -> None:
        browser.sign_in(person())
        assert browser.get("/logout/").status_code == 200
        assert signed_in(browser)
        assert browser.send("/logout/").status_code == 302
        assert not signed_in(browser)

    def test_happens_by_itself_for_staff_after_a_quarter_of_an_hour(
        self, browser: Browser, person: Make
    ) -> None:
        with time_machine.travel("2030-01-01 12:00Z", tick=False) as clock:
            browser.sign_in(person(SUPPORT))
            clock.shift(14 * 60)
            assert signed_in(browser)
            clock.shift(14 * 60)
            assert signed_in(browser)
            clock.shift(16 * 60)
            answer = browser.get("/account/security/")
            assert answer.status_code == 302
            assert answer["Location"].startswith("/login/?next=")
            assert not signed_in(browser)

    def test_happens_later_for_customers(self, browser: Browser, person: Make) -> None:
        with time_machine.travel("2030-01-01 12:00Z", tick=False) as clock:
            browser.sign_in(person(CUSTOMER))
            clock.shift(16 * 60)
            assert signed_in(browser)
            clock.shift(31 * 60)
            assert not signed_in(browser)


class TestLockout:
    def test_refuses_even_the_right_password_after_five_failures(
        self, browser: Browser, person: Make
    ) -> None:
        someone = person()
        answers = [wrong(browser, someone.user.username).status_code for _ in range(5)]
        assert answers == [200, 200, 200, 200, 429]
        locked = browser.sign_in(someone)
        assert locked.status_code == 429
        assert not signed_in(browser)
        assert "Too many tries" in locked.content.decode()

    def test_counts_a_name_in_any_case_as_the_same(self, browser: Browser, person: Make) -> None:
        someone = person()
        for name in ("{}", " {}", "P{}"):
            wrong(
                browser, name.format(someone.user.username if name[0] != "P" else someone.user.username[1:])
            )
        wrong(browser, someone.user.username.upper())
        assert wrong(browser, someone.user.username.title()).status_code == 429

    def test_says_nothing_about_whether_the_name_exists(self, browser: Browser, person: Make) -> None:
        pages = []
        for name in (person().user.username, "nobody-of-that-name"):
            here = Browser()
            last = [wrong(here, name) for _ in range(6)][-1]
            pages.append(last.content.decode().split("If you ask")[0])
        assert pages[0] == pages[1]

    def test_does_not_lock_the_person_out_at_another_address(self, browser: Browser, person: Make) -> None:
        someone = person()
        for _ in range(6):
            wrong(browser, someone.user.username)
        assert Browser().sign_in(someone).status_code == 302

    def test_counts_what_one_address_fails_over_many_names(self, browser: Browser, person: Make) -> None:
        fail_often(browser, 50)
        assert browser.sign_in(person()).status_code == 429

    def test_does_not_forget_an_address_for_one_success(self, browser: Browser, person: Make) -> None:
        fail_often(browser, 49)
        browser.sign_in(person())
        browser.send("/logout/")
        wrong(browser, "guess-50")
        assert browser.sign_in(person()).status_code == 429

    def test_ends_after_a_quarter_of_an_hour(self, browser: Browser, person: Make) -> None:
        someone = person()
        with time_machine.travel("2030-01-01 12:00Z", tick=False) as clock:
            for _ in range(5):
                wrong(browser, someone.user.username)
            clock.shift(10 * 60)
            assert browser.sign_in(someone).status_code == 429
            clock.shift(6 * 60)
            assert browser.sign_in(someone).status_code == 302

    def test_keeps_no_password_in_its_table(self, browser: Browser) -> None:
        wrong(browser, "somebody", "my-secret-password")
        assert "my-secret" not in AccessAttempt.objects.get(username="somebody").post_data

    @pytest.mark.usefixtures("real_db")
    def test_counts_parallel_guesses_exactly(self) -> None:
        someone = make_person()
        answers: Counter[int] = Counter()

        def guess() -> None:
            from django.db import connections

            answers[wrong(Browser(address="10.255.0.1"), someone.user.username).status_code] += 1
            connections.close_all()

        threads = [threading.Thread(target=guess) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert answers == {200: 4, 429: 16}
        assert (
            sum(
                AccessAttempt.objects.filter(username=someone.user.username).values_list(
                    "failures_since_start", flat=True
                )
            )
            == 5
        )


class TestSecondFactor:
    def test_is_asked_after_the_password(self, browser: Browser, person: Make) -> None:
        someone = person(totp=True)
        answer = browser.send("/login/", {"login": someone.user.username, "password": someone.password})
        assert answer["Location"] == "/login/code/"
        assert not signed_in(browser)
        answer = browser.send("/login/code/", {"code": someone.code()})
        assert answer["Location"] == "/account/"
        assert signed_in(browser)

    def test_refuses_a_wrong_code(self, browser: Browser, person: Make) -> None:
        someone = person(totp=True)
        browser.send("/login/", {"login": someone.user.username, "password": someone.password})
        wrong_code = f"{(int(someone.code()) + 500_000) % 1_000_000:06}"
        page = browser.send("/login/code/", {"code": wrong_code})
        assert page.status_code == 200
        assert "<title>Error:" in page.content.decode()
        assert not signed_in(browser)

    @time_machine.travel("2030-01-01 12:00:10Z", tick=False)
    def test_takes_a_code_once(self, browser: Browser, person: Make) -> None:
        someone = person(totp=True)
        browser.sign_in(someone)
        other = Browser()
        assert other.sign_in(someone).status_code == 200
        assert not signed_in(other)

    def test_does_not_take_a_code_again_while_it_is_still_tolerated(
        self, browser: Browser, person: Make
    ) -> None:
        someone = person(totp=True)
        with time_machine.travel("2030-01-01 12:00:00Z", tick=False) as clock:
            used = someone.code()
            browser.sign_in(someone)
            clock.shift(31)
            assert cache.delete_pattern("*allauth.mfa.totp.used*") == 1  # as after its period
            other = Browser()
            other.send("/login/", {"login": someone.user.username, "password": someone.password})
            other.send("/login/code/", {"code": used})
            assert not signed_in(other)

    def test_waits_after_five_wrong_codes(self, browser: Browser, person: Make) -> None:
        someone = person(totp=True)
        browser.send("/login/", {"login": someone.user.username, "password": someone.password})
        for number in range(5):
            browser.send("/login/code/", {"code": f"00000{number}"})
        page = browser.send("/login/code/", {"code": someone.code()})
        assert "Too many tries" in page.content.decode()
        assert not signed_in(browser)

    def test_takes_a_recovery_code_once(self, browser: Browser, person: Make) -> None:
        someone = person(totp=True)
        code = RecoveryCodes.activate(someone.user).generate_codes()[0]
        for there, lets_in in ((browser, True), (Browser(), False)):
            there.send("/login/", {"login": someone.user.username, "password": someone.password})
            there.send("/login/code/", {"code": code})
            assert signed_in(there) is lets_in

    def test_keeps_its_secrets_sealed(self, person: Make) -> None:
        someone = person(totp=True)
        RecoveryCodes.activate(someone.user)
        kept = str(list(Authenticator.objects.filter(user=someone.user).values_list("data", flat=True)))
        assert someone.totp_secret not in kept
        assert "==" in kept or len(kept) > 200

    @pytest.mark.usefixtures("real_db")
    def test_counts_one_code_brought_by_many_at_once_one_time(self) -> None:
        someone = make_person(totp=True)
        code, inside = someone.code(), []
        barrier = threading.Barrier(4)

        def bring() -> None:
            from django.db import connections

            there = Browser(address="10.255.0.2")
            there.send("/login/", {"login": someone.user.username, "password": someone.password})
            barrier.wait()
            there.send("/login/code/", {"code": code})
            inside.append(signed_in(there))
            connections.close_all()

        threads = [threading.Thread(target=bring) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(inside) == [False, False, False, True]


class TestEnrolment:
    def test_turns_codes_on_and_shows_recovery_codes_this_once(self, browser: Browser, person: Make) -> None:
        someone = person()
        browser.sign_in(someone)
        confirm(browser, someone)
        page = browser.get("/account/security/totp/activate/")
        someone.totp_secret = page.context["form"].secret
        fields = {"code": someone.code(), "csrfmiddlewaretoken": str(page.context["csrf_token"])}
        headers = {"referer": "https://testserver/"}
        answer = browser.post("/account/security/totp/activate/", fields, secure=True, headers=headers)
        assert answer["Location"] == "/account/security/recovery-codes/"
        first, second = (browser.get(answer["Location"]).content.decode() for _ in range(2))
        assert "shown this once" in first
        assert "10 codes are left" in second

    def test_asks_for_the_password_again_first(self, browser: Browser, person: Make) -> None:
        browser.sign_in(person())
        answer = browser.get("/account/security/totp/activate/")
        assert answer["Location"].startswith("/account/security/confirm/?")

    def test_asks_who_has_codes_for_a_code_and_not_for_the_password(
        self, browser: Browser, person: Make
    ) -> None:
        browser.sign_in(person(totp=True))
        answer = browser.get("/account/security/totp/deactivate/")
        assert answer["Location"].startswith("/account/security/confirm/code/")
        assert browser.get("/account/security/confirm/")["Location"].startswith(
            "/account/security/confirm/code/"
        )

    def test_counts_wrong_passwords_of_the_confirmation_too(self, browser: Browser, person: Make) -> None:
        someone = person()
        browser.sign_in(someone)
        answers = [
            browser.send("/account/security/confirm/", {"password": "not it"}).status_code for _ in range(6)
        ]
        assert answers[:4] == [200] * 4
        assert answers[-1] == 429


class TestPasswordChange:
    def test_ends_every_other_session(self, browser: Browser, person: Make) -> None:
        someone, elsewhere = person(), Browser()
        browser.sign_in(someone)
        elsewhere.sign_in(someone)
        new = "another harbour, another night"
        fields = {"oldpassword": someone.password, "password1": new, "password2": new}
        assert browser.send("/account/security/password/", fields).status_code == 302
        assert signed_in(browser)
        assert not signed_in(elsewhere)

    @pytest.mark.parametrize("weak", ["short", "password1234", "123456789012"])
    def test_refuses_a_weak_one(self, browser: Browser, person: Make, weak: str) -> None:
        someone = person()
        browser.sign_in(someone)
        fields = {"oldpassword": someone.password, "password1": weak, "password2": weak}
        assert browser.send("/account/security/password/", fields).status_code == 200


class TestTrail:
    @pytest.mark.usefixtures("real_db")
    def test_answers_a_sign_in_with_its_event(self) -> None:
        assert Browser().sign_in(make_person())["Audit-Event-Id"]

    @pytest.mark.usefixtures("real_db")
    def test_answers_a_failed_sign_in_with_its_event(self) -> None:
        assert wrong(Browser(), "nobody-again").headers["Audit-Event-Id"]

    @pytest.mark.usefixtures("real_db")
    def test_answers_a_wrong_code_with_its_event(self) -> None:
        someone, there = make_person(totp=True), Browser()
        there.send("/login/", {"login": someone.user.username, "password": someone.password})
        assert there.send("/login/code/", {"code": "000000"})["Audit-Event-Id"]


class TestDoor:
    @override_settings(RATE_LIMIT_FACTOR=1)
    @time_machine.travel("2030-01-01 12:00Z", tick=False)
    def test_slows_down_guesses_at_one_name_from_many_addresses(self, person: Make) -> None:
        name = person().user.username
        answers = [wrong(Browser(), name).status_code for _ in range(12)]
        assert answers[:10] == [200] * 10
        assert answers[10:] == [429, 429]
