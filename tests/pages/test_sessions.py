"""Sessions seen and ended by their owner; what ends with a password or a second factor; new devices."""

from collections.abc import Callable
from datetime import timedelta
from smtplib import SMTPRecipientsRefused
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core import mail
from django.utils import timezone

from accounts.queries import find_email
from bank.access.roles import COMPLIANCE, PLATFORM_ADMIN, SUPPORT
from oauth import notices
from oauth.models import AccessToken, Client, Consent, KnownDevice, LogoutNotice, SignedInSession
from oauth.notices import BETWEEN_LANGUAGES
from oauth.operations import device_notices
from oauth.operations.device_notices import tell_owners
from oauth.pages import devices
from tests.pages.conftest import Browser, Person, make_person
from tests.support.customers import open_customer_for

Make = Callable[..., Person]
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def signed_in(browser: Browser) -> bool:
    return bool(browser.get("/account/security/").status_code == 200)


def session_of(browser: Browser) -> SignedInSession:
    key = browser.cookies[settings.SESSION_COOKIE_NAME].value
    return SignedInSession.objects.get(session_key=key)


def two_places(someone: Person) -> tuple[Browser, Browser]:
    here, there = Browser(), Browser()
    there.defaults["HTTP_USER_AGENT"] = FIREFOX
    for browser in (here, there):
        browser.sign_in(someone)
    return here, there


def token_of(someone: Person, session: SignedInSession | None = None, **client: Any) -> AccessToken:
    """Let an app act for a person, from this session."""
    now = timezone.now()
    app = Client.objects.create(
        name="Piggy", client_type="confidential", authorization_grant_type="authorization-code", **client
    )
    consent = Consent.objects.create(
        client=app, user=someone.user, session=session, status="AUTH", scope="openid", shown_digest="0" * 64,
        auth_time=now, expires_at=now + timedelta(days=1),
    )  # fmt: skip
    return AccessToken.objects.create(
        token_checksum=f"{consent.id:0<64}"[:64], application=app, user=someone.user, consent=consent,
        scope="openid", expires=now + timedelta(minutes=5),
    )  # fmt: skip


def refuse(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    """Let one more address refuse each mail."""
    others = notices.send_mail

    def send_mail(subject: str, body: str, sender: str, to: list[str]) -> int:
        if address in to:
            raise SMTPRecipientsRefused({})
        return others(subject, body, sender, to)

    monkeypatch.setattr(notices, "send_mail", send_mail)


class TestListing:
    def test_names_each_device_without_saying_who_or_where(self, person: Make) -> None:
        here, _ = two_places(person())
        page = here.get("/account/security/").content.decode()
        assert "Firefox on Linux" in page
        assert page.count("This device") == 1
        assert FIREFOX not in page
        assert here.defaults["REMOTE_ADDR"] not in page

    @pytest.mark.parametrize(
        ("language", "unnamed", "badge"),
        [("en", "Unnamed device", "This device"), ("fr", "Appareil sans nom", "Cet appareil")],
    )
    def test_calls_no_device_another_that_may_be_this_one(
        self, person: Make, language: str, unnamed: str, badge: str
    ) -> None:
        here, _ = two_places(person())
        page = here.get("/account/security/", headers={"accept-language": language}).content.decode()
        assert f'{unnamed} <span class="badge good">{badge}</span>' in page

    def test_shows_nobody_elses(self, person: Make) -> None:
        two_places(person())
        here = Browser()
        here.sign_in(person())
        assert "Firefox on Linux" not in here.get("/account/security/").content.decode()

    def test_leaves_out_what_has_expired(self, person: Make) -> None:
        here, there = two_places(person())
        Session.objects.filter(session_key=session_of(there).session_key).update(expire_date=timezone.now())
        assert "Firefox on Linux" not in here.get("/account/security/").content.decode()

    @pytest.mark.parametrize(
        ("agent", "words"),
        [(FIREFOX, "Firefox on Linux"), ("", "Unnamed device"), ("curl/8", "Unnamed device"),
         ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18 Safari/604", "Safari on iPhone"),
         ("Mozilla/5.0 (Windows NT 10.0) Chrome/140 Safari/537 Edg/140", "Edge on Windows"),
         ("Mozilla/5.0 (Linux; Android 15) Chrome/140 Safari/537", "Chrome on Android")],
    )  # fmt: skip
    def test_says_a_device_in_few_words(self, rf: Any, agent: str, words: str) -> None:
        assert devices.words_for(rf.get("/", headers={"user-agent": agent})) == words


class TestEnding:
    def test_signs_one_device_out_at_once(self, person: Make) -> None:
        here, there = two_places(person())
        answer = here.send(
            f"/account/security/sessions/{session_of(there).id}/end/", form_at="/account/security/"
        )
        assert answer.status_code == 302
        assert (signed_in(here), signed_in(there)) == (True, False)

    def test_signs_all_others_out_at_once(self, person: Make) -> None:
        someone = person()
        (here, there), (third, _) = two_places(someone), two_places(someone)
        here.send("/account/security/sessions/end-others/", form_at="/account/security/")
        assert [signed_in(browser) for browser in (here, there, third)] == [True, False, False]

    def test_leaves_a_trace(self, real_db: None) -> None:
        here, there = two_places(make_person())
        path = f"/account/security/sessions/{session_of(there).id}/end/"
        assert here.send(path, form_at="/account/security/")["Audit-Event-Id"]

    def test_ends_nobody_elses(self, person: Make) -> None:
        _, there = two_places(person())
        other = Browser()
        other.sign_in(person())
        for session_id in (session_of(there).id, "ses_none", "usr_x"):
            path = f"/account/security/sessions/{session_id}/end/"
            assert other.send(path, form_at="/account/security/").status_code == 404
        assert signed_in(there)

    def test_is_not_done_by_a_link(self, person: Make) -> None:
        here, there = two_places(person())
        assert here.get("/account/security/sessions/end-others/").status_code == 405
        assert signed_in(there)

    def test_is_noted_when_its_owner_signs_out(self, person: Make) -> None:
        here, _ = two_places(person())
        session = session_of(here)
        here.send("/logout/")
        session.refresh_from_db()
        assert (session.session_key, session.ended_at is not None) == ("", True)


class TestPasswordChange:
    def test_ends_others_and_every_token_and_goes_on_here(self, person: Make) -> None:
        someone = person()
        here, there = two_places(someone)
        token, before = token_of(someone), session_of(here)
        new = "another harbour, another night"
        fields = {"oldpassword": someone.password, "password1": new, "password2": new}
        here.send("/account/security/password/", fields)
        assert (signed_in(here), signed_in(there)) == (True, False)
        assert session_of(here).id == before.id
        assert SignedInSession.objects.filter(user=someone.user, ended_at=None).count() == 1
        assert not AccessToken.objects.filter(pk=token.pk).exists()


class TestSecondFactorGone:
    def test_ends_others_and_every_token(self, person: Make) -> None:
        someone = person(totp=True)
        here, there = Browser(), Browser()
        here.sign_in(someone)
        there.send("/login/", {"login": someone.user.username, "password": someone.password})
        there.send("/login/code/", {"code": someone.code(step=1)})
        token = token_of(someone)
        here.send("/account/security/confirm/code/", {"code": someone.code(step=-1)})
        assert here.send("/account/security/totp/deactivate/").status_code == 302
        assert not Authenticator.objects.filter(user=someone.user).exists()
        assert (signed_in(here), signed_in(there)) == (True, False)
        assert not AccessToken.objects.filter(pk=token.pk).exists()


class TestReset:
    def act(self, browser: Browser, someone: Person) -> Any:
        fields = {"action": "reset_second_factors", "_selected_action": someone.user.id}
        return browser.send("/admin/oauth/user/", fields)

    @pytest.mark.parametrize("role", [COMPLIANCE, PLATFORM_ADMIN])
    def test_takes_factors_sessions_and_tokens_away(self, person: Make, role: str) -> None:
        someone, staff, there, desk = person(totp=True), person(role, totp=True), Browser(), Browser()
        there.sign_in(someone)
        desk.sign_in(staff)
        token = token_of(someone)
        assert self.act(desk, someone).status_code == 302
        assert not Authenticator.objects.filter(user=someone.user).exists()
        assert not AccessToken.objects.filter(pk=token.pk).exists()
        assert not signed_in(there)

    def test_is_nothing_for_other_staff(self, person: Make) -> None:
        someone, staff, desk = person(totp=True), person(SUPPORT, totp=True), Browser()
        desk.sign_in(staff)
        self.act(desk, someone)
        assert Authenticator.objects.filter(user=someone.user).exists()

    def test_is_nothing_to_do_to_oneself(self, person: Make) -> None:
        staff, desk = person(PLATFORM_ADMIN, totp=True), Browser()
        desk.sign_in(staff)
        self.act(desk, staff)
        assert Authenticator.objects.filter(user=staff.user).exists()


class TestNewDevice:
    @pytest.fixture(autouse=True)
    def nobody_else_is_to_be_told(self, db: None) -> None:
        KnownDevice.objects.filter(told_at=None).update(told_at=timezone.now())

    def customer(self, person: Make) -> tuple[Person, str]:
        someone = person()
        customer = open_customer_for(someone.user)
        assert customer.customer_id
        return someone, str(find_email(someone.user.id))

    def test_is_told_by_mail_once_by_the_worker(self, person: Make) -> None:
        someone, address = self.customer(person)
        here, _ = two_places(someone)
        assert mail.outbox == []
        assert tell_owners() == 1
        assert tell_owners() == 0
        assert mail.outbox[0].to == [address]
        assert "Firefox on Linux" in mail.outbox[0].body
        assert mail.outbox[0].subject == "A new device signed in – Connexion depuis un nouvel appareil"
        french = mail.outbox[0].body.split(BETWEEN_LANGUAGES)[1]
        assert "Si c’était vous, tout va bien." in french
        assert "  * Appareil sans nom\n  * Firefox sur Linux\n" in french
        here.send("/logout/")
        here.sign_in(someone)
        assert tell_owners() == 0

    def test_is_told_of_a_browser_that_was_only_somebody_elses(self, person: Make) -> None:
        (one, _), (two, address), shared = self.customer(person), self.customer(person), Browser()
        shared.sign_in(one)
        tell_owners()
        shared.send("/logout/")
        shared.sign_in(two)
        tell_owners()
        assert mail.outbox[-1].to == [address]

    def test_stays_due_while_no_mail_can_be_sent(self, person: Make, settings: Any) -> None:
        someone, _ = self.customer(person)
        two_places(someone)
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_PORT = 1
        assert tell_owners() == 0
        assert KnownDevice.objects.filter(user=someone.user, told_at=None).count() == 2

    def test_is_tried_again_later_each_time_and_given_up(
        self, person: Make, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        someone, address = self.customer(person)
        two_places(someone)
        refuse(monkeypatch, address)
        record, recorded = device_notices.record, []

        def keep(kind: str, **event: Any) -> None:
            recorded.append((kind, event))
            record(kind, **event)

        monkeypatch.setattr(device_notices, "record", keep)
        due, pauses = KnownDevice.objects.filter(user=someone.user, told_at=None), []
        while due.exists():
            tell_owners()
            pauses += [due_at - timezone.now() for due_at in due.values_list("due_at", flat=True)[:1]]
            due.update(due_at=timezone.now())
        minutes = [round(pause / timedelta(minutes=1)) for pause in pauses]
        assert minutes == [1, 2, 4, 8, 16, 32, 64, 128, 256, *[360] * 8]
        assert mail.outbox == []
        ((kind, event),) = recorded
        assert (kind, event["target"]) == ("login.new_device_told", ("user", someone.user.id))
        assert (event["outcome"], event["reason"]) == ("error", "given_up")

    def test_is_told_to_those_behind_any_number_of_addresses_that_refuse(
        self, person: Make, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("oauth.operations.device_notices.BATCH", 2)
        for _ in range(2):
            someone, address = self.customer(person)
            Browser().sign_in(someone)
            refuse(monkeypatch, address)
        waits, address = self.customer(person)
        Browser().sign_in(waits)
        assert tell_owners() == 0
        assert tell_owners() == 1
        assert [sent.to for sent in mail.outbox] == [[address]]

    def test_is_nothing_to_tell_where_nobody_knows_an_address(self, person: Make) -> None:
        two_places(person(SUPPORT))
        assert tell_owners() == 0
        assert not KnownDevice.objects.filter(told_at=None).exists()

    def test_keeps_no_mark_in_clear(self, person: Make) -> None:
        here, _ = two_places(person())
        mark = here.cookies[devices.COOKIE].value
        assert KnownDevice.objects.filter(checksum=devices.checksum_of(mark)).exists()
        assert not KnownDevice.objects.filter(checksum=mark).exists()


class TestNotices:
    def test_are_owed_to_each_app_that_got_the_session_and_asked_for_it(self, person: Make) -> None:
        someone = person()
        here, there = two_places(someone)
        listens = token_of(someone, session_of(here), backchannel_logout_uri="https://app.example/out")
        token_of(someone, session_of(here))
        token_of(someone, session_of(there), backchannel_logout_uri="https://other.example/out")
        here.send("/logout/")
        owed = LogoutNotice.objects.filter(session__user=someone.user)
        assert [notice.client_id for notice in owed] == [listens.application_id]
