"""What staff see of webhooks: tiles that lead to their lists, and no secret."""

import datetime as dt
import re

import pytest

from bank import clock
from bank.access import roles
from bank.public_ids import uuid7
from events import tiles
from events.models import Event, WebhookDelivery, WebhookEndpoint
from events.rules import BY_ITS_APP
from tests.events.conftest import App, new_app
from tests.pages.conftest import Browser, cheap_hashing, make_person

__all__ = ["cheap_hashing"]  # a fixture
pytestmark = [pytest.mark.usefixtures("db"), pytest.mark.django_db(databases=["default", "reader"])]
LISTS = ("/admin/events/webhookendpoint/", "/admin/events/webhookdelivery/")


@pytest.fixture
def app(db: None) -> App:
    return new_app()


@pytest.fixture
def staff(db: None) -> Browser:
    browser = Browser()
    browser.sign_in(make_person(roles.SUPPORT, totp=True))
    return browser


def waiting(app: App, *, late: dt.timedelta = dt.timedelta()) -> WebhookDelivery:
    """A delivery to a new endpoint, due so long ago."""
    endpoint, now = app.endpoint(), clock.now()
    event = Event.objects.create(
        client=app.row, number=Event.objects.filter(client=app.row).count() + 1, type="payment.completed",
        about="pay_x", data={}, audit_event_id=uuid7(),
        occurred_at=now, created_at=now,
    )  # fmt: skip
    return WebhookDelivery.objects.create(
        event=event, endpoint=endpoint, next_at=now - late, created_at=now - late
    )


def change(endpoint: WebhookEndpoint, **fields: object) -> None:
    WebhookEndpoint.objects.filter(id=endpoint.id).update(**fields)


class TestTiles:
    def test_count_what_waits_and_say_what_is_late(self, app: App) -> None:
        WebhookDelivery.objects.filter(status="PENDING").update(next_at=clock.now())  # others'
        before = int(tiles.waiting(None).value)
        waiting(app)
        now = tiles.waiting(None)
        assert (int(now.value) - before, now.state) == (1, "good")
        waiting(app, late=dt.timedelta(minutes=5))
        late = tiles.waiting(None)
        assert (late.state, str(late.words)) == ("bad", "the oldest is 300 s late")

    def test_count_endpoints_that_fail(self, app: App) -> None:
        before = int(tiles.failing(None).value)
        change(app.endpoint(), failures=3, failing_since=clock.now())
        now = tiles.failing(None)
        assert (int(now.value) - before, now.state) == (1, "warn")

    def test_tell_who_switched_an_endpoint_off(self, app: App) -> None:
        WebhookEndpoint.objects.filter(status="DISABLED").update(disabled_reason=BY_ITS_APP)  # others'
        before = int(tiles.disabled(None).value)
        change(app.endpoint(), status="DISABLED", disabled_reason=BY_ITS_APP)
        now = tiles.disabled(None)
        assert (int(now.value) - before, now.state, now.words) == (1, "good", "")
        change(app.endpoint(), status="DISABLED", disabled_reason="gone")
        now = tiles.disabled(None)
        assert (now.state, str(now.words)) == ("warn", "1 by the bank")

    def test_lead_to_their_lists(self, app: App, staff: Browser) -> None:
        delivery = waiting(app)
        failing, off = app.endpoint(), app.endpoint()
        first = {"failures": 1000, "failing_since": clock.now()}  # on its list, before others'
        change(failing, **first)
        change(off, status="DISABLED", disabled_reason="gone", **first)
        page = staff.get("/admin/").content.decode()
        for label, shown, hidden in (
            ("Webhooks waiting", delivery.id, "nothing"),
            ("Webhook endpoints failing", failing.id, off.id),
            ("Webhook endpoints off", off.id, failing.id),
        ):
            link = re.search(rf'href="([^"]+)"><span class="label">{label}', page)
            assert link, label
            found = staff.get(link[1].replace("&amp;", "&")).content.decode()
            assert (shown in found, hidden in found) == (True, False), label

    def test_are_for_who_may_read_apps(self, db: None) -> None:
        teller = Browser()
        teller.sign_in(make_person(roles.TELLER, totp=True))
        assert "Webhooks" not in teller.get("/admin/").content.decode()
        assert [teller.get(path).status_code for path in LISTS] == [403, 403]


class TestPages:
    def test_show_no_secret_and_change_nothing(self, app: App, staff: Browser) -> None:
        endpoint = app.endpoint()
        page = staff.get(f"{LISTS[0]}{endpoint.id}/change/").content.decode()
        assert endpoint.url in page
        assert endpoint.secret not in page
        assert 'name="_save"' not in page
