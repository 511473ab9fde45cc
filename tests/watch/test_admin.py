"""What staff see and press: the front page, alerts, incidents, rules, reviews; each by their rights."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from approvals.models import Approval
from bank.access import roles
from tests.audit.conftest import Log
from tests.pages.conftest import Browser, Person, make_person
from tests.support.staff import officer
from tests.support.styled import styled
from tests.watch.conftest import look, one_alert
from tests.watch.test_alerts import an_alert
from tests.watch.test_reviews import two_days
from watch import operations
from watch.models import Alert, DailyReview, Incident

SignIn = Callable[..., Person]
# How much of a list one has to scroll sideways to.
HIDDEN = """() => [...document.querySelectorAll(".results")].map(one => one.scrollWidth - one.clientWidth)"""


@pytest.fixture
def browser(eyes: Log) -> Browser:
    return Browser()


@pytest.fixture
def sign_in(browser: Browser) -> SignIn:
    def enter(*held: str) -> Person:
        person = make_person(*held, totp=True)
        browser.sign_in(person)
        return person

    return enter


def page(row: Any) -> str:
    return f"/admin/watch/{row._meta.model_name}/{row.pk}/change/"


def step(browser: Browser, row: Any, name: str, **fields: str) -> str:
    """Press a button with these fields; return what the page says then."""
    told = {f"{name}_{field}": value for field, value in fields.items()}
    answer = browser.send(page(row), {"step": name, **told}, follow=True)
    assert answer.status_code == 200
    return str(answer.content.decode())


class TestFrontPage:
    def test_shows_numbers_that_lead_to_their_lists(self, browser: Browser, sign_in: SignIn) -> None:
        an_alert()
        sign_in(roles.COMPLIANCE)
        shown = browser.get("/admin/").content.decode()
        assert re.search(
            r'href="/admin/watch/alert/"><span class="label">Alerts</span> <strong>1</strong>', shown
        )
        assert "1 nobody looks at" in shown
        for link in set(re.findall(r'<li class="tile \w+">\s*<a href="([^"]+)"', shown)):
            assert browser.get(link.replace("&amp;", "&")).status_code == 200, link

    def test_shows_charts_with_their_table(self, browser: Browser, sign_in: SignIn) -> None:
        Browser().send("/login/", {"login": "nobody", "password": "wrong"})
        look()
        sign_in(roles.COMPLIANCE)
        shown = browser.get("/admin/").content.decode()
        assert "Failed sign-ins by hour: 1" in shown
        assert shown.count('height="140.0"') == 1
        assert "<caption>Failed sign-ins by hour</caption>" in shown
        assert "style=" not in shown.partition('<section class="chart"')[2].partition("</main>")[0]

    def test_shows_each_what_they_may_see(self, browser: Browser, sign_in: SignIn) -> None:
        sign_in(roles.SUPPORT)
        shown = browser.get("/admin/").content.decode()
        assert "Payments, 24 h" in shown
        assert "Failed sign-ins" not in shown
        assert "Approvals waiting for me" not in shown

    def test_hides_no_tile_because_another_cannot_be_read(
        self, browser: Browser, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from watch import tiles

        def away() -> float:
            raise OSError

        monkeypatch.setattr(tiles.log, "oldest_waiting_seconds", away)
        sign_in(roles.COMPLIANCE)
        shown = browser.get("/admin/").content.decode()
        assert "cannot be read" in shown
        assert "Silence of the witness" in shown

    @pytest.mark.browser
    @pytest.mark.parametrize("width", [800, 1280])
    def test_has_recent_actions_beside_its_beginning(
        self, browser: Browser, sign_in: SignIn, chromium: Any, width: int
    ) -> None:
        sign_in(roles.COMPLIANCE)
        window = chromium.new_page(viewport={"width": width, "height": 900}, java_script_enabled=False)
        window.set_content(styled(browser.get("/admin/").content.decode()))
        beside = window.locator("#content-related").bounding_box()
        others = [one.bounding_box() for one in window.locator(".tiles, #content-main, .chart").all()]
        sideways = window.evaluate("document.documentElement.scrollWidth") - width
        window.close()
        assert beside["y"] < others[0]["y"] + others[0]["height"]
        assert all(one["x"] + one["width"] < beside["x"] for one in others)
        assert sideways == 0


class TestAlertList:
    @pytest.mark.browser
    def test_is_as_wide_as_the_window(self, browser: Browser, sign_in: SignIn, chromium: Any) -> None:
        someone, now = sign_in(roles.COMPLIANCE), timezone.now()
        Alert.objects.create(
            kind="credential_from_many_addresses", key=f"token:{'0123456789abcdef' * 4}", severity="critical",
            status="ACKNOWLEDGED", acknowledged_by=someone.user, acknowledged_at=now, look_before=now,
            raised_at=now.replace(month=11, day=29, hour=22, minute=55), count=12345,
        )  # fmt: skip
        window = chromium.new_page(viewport={"width": 1280, "height": 900}, java_script_enabled=False)
        page = styled(browser.get("/admin/watch/alert/").content.decode())
        window.set_content(page.replace('class="main"', 'class="main shifted"'))  # with the menu beside it
        hidden = window.evaluate(HIDDEN)
        window.close()
        assert hidden == [0]


class TestAlertPage:
    def test_leads_from_the_alert_to_the_incident(self, browser: Browser, sign_in: SignIn) -> None:
        alert = an_alert()
        person = sign_in(roles.COMPLIANCE)
        shown = browser.get(page(alert)).content.decode()
        assert "token.reuse_detected" in shown
        assert "# credential_reuse" in shown
        step(browser, alert, "acknowledge")
        assert one_alert("credential_reuse").acknowledged_by_id == person.user.id
        step(browser, alert, "escalate", summary="a code was stolen", incident_id="")
        incident = Incident.objects.get()
        assert (incident.summary, one_alert("credential_reuse").incident_id) == (
            "a code was stolen",
            incident.id,
        )

    def test_takes_no_false_alarm_without_a_reason(self, browser: Browser, sign_in: SignIn) -> None:
        alert = an_alert()
        sign_in(roles.COMPLIANCE)
        assert "Say why." in step(browser, alert, "dismiss", reason="")
        step(browser, alert, "dismiss", reason="a developer's loop")
        assert Alert.objects.get().status == "FALSE_ALARM"

    def test_offers_nothing_to_who_only_reads(self, browser: Browser, sign_in: SignIn) -> None:
        alert = an_alert()
        sign_in(roles.AUDITOR)
        assert 'name="step"' not in browser.get(page(alert)).content.decode()
        step(browser, alert, "acknowledge")
        assert Alert.objects.get().status == "OPEN"

    def test_is_not_there_for_others(self, browser: Browser, sign_in: SignIn) -> None:
        alert = an_alert()
        sign_in(roles.TELLER)
        assert browser.get(page(alert)).status_code in {302, 403}
        assert browser.post(page(alert), {"step": "acknowledge"}, secure=True).status_code in {302, 403}
        assert Alert.objects.get().status == "OPEN"


class TestIncidentPage:
    def test_goes_all_the_way(self, browser: Browser, sign_in: SignIn) -> None:
        incident = operations.open_incident(
            "reported", severity="high", summary="a list was sent out", by=officer(roles.COMPLIANCE)
        )
        sign_in(roles.COMPLIANCE)
        assert "71 hours left" in browser.get(page(incident)).content.decode()
        step(browser, incident, "contain")
        step(browser, incident, "worsen", severity="critical")
        step(browser, incident, "assess", breach="yes", reason="names were in it")
        step(browser, incident, "tell")
        step(browser, incident, "close", outcome="everybody was told")
        incident.refresh_from_db()
        assert (incident.state, incident.severity, incident.breach) == ("CONTAINED", "critical", "yes")
        assert Approval.objects.get(target_id=incident.id).operation == "incident.close"

    def test_closes_a_small_one_at_once(self, browser: Browser, sign_in: SignIn) -> None:
        incident = operations.open_incident(
            "reported", severity="low", summary="s", by=officer(roles.COMPLIANCE)
        )
        sign_in(roles.COMPLIANCE)
        assert "whether personal data was touched" in step(browser, incident, "close", outcome="nothing")
        step(browser, incident, "assess", breach="no", reason="nothing was read")
        step(browser, incident, "close", outcome="nothing")
        incident.refresh_from_db()
        assert incident.state == "CLOSED"
        assert 'name="step"' not in browser.get(page(incident)).content.decode()


class TestOtherPages:
    def test_a_rule_is_asked_to_change(self, browser: Browser, sign_in: SignIn) -> None:
        from watch.models import RuleSetting

        rule = RuleSetting.objects.get(name="log_reading")
        sign_in(roles.COMPLIANCE)
        numbers = {"window_seconds": "60", "look_within_minutes": "5", "is_on": "yes", "reason": "r"}
        assert "Write a whole number" in step(browser, rule, "change", threshold="many", **numbers)
        step(browser, rule, "change", threshold="9", **numbers)
        assert Approval.objects.filter(target_id="log_reading", status="PENDING").count() == 1
        rule.refresh_from_db()
        assert rule.threshold == 100

    def test_a_review_is_signed_off(self, browser: Browser, sign_in: SignIn, eyes: Log) -> None:
        two_days(eyes)
        operations.write_reviews()
        review = DailyReview.objects.order_by("day")[0]
        person = sign_in(roles.COMPLIANCE)
        assert "✓ The bank" in browser.get(page(review)).content.decode()
        step(browser, review, "sign_off")
        assert DailyReview.objects.get(id=review.id).signed_off_by_id == person.user.id
