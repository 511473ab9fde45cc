"""Back-channel logout (OpenID Connect Back-Channel Logout 1.0), against a real HTTPS server of an app."""

import json
import time
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest
from django.conf import settings
from django.utils import timezone
from joserfc import jwt
from joserfc.jwk import KeySet

from audit.actor import Actor
from bank.public_ids import new
from oauth import signing_keys
from oauth.models import AccessToken, LogoutNotice, SignedInSession
from oauth.operations import logout_notices
from oauth.operations.logout_notices import MOST_ATTEMPTS, tell_apps
from oauth.operations.sessions import end_session
from oauth.protocol.logout_token import EVENT
from oauth.sign_in import SESSION_ID
from tests.bank.outbound.conftest import Serve, authority, serve, trusted
from tests.bank.outbound.servers import Server
from tests.oauth.conftest import World

__all__ = ["authority", "serve", "trusted"]  # fixtures
pytestmark = pytest.mark.usefixtures("db")


def says(status: int) -> Any:
    """Return how a server behaves that answers with this status."""
    return lambda line, head: line.sendall(
        f"HTTP/1.1 {status} X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode()
    )


def decoded(token: str) -> Any:
    return jwt.decode(token, KeySet.import_key_set(signing_keys.public_jwks()), algorithms=["PS256", "ES256"])


def shared(world: World, server: Server) -> SignedInSession:
    """Let the world's app get a token from a session of the person; it listens at the server."""
    row = world.client_row
    row.backchannel_logout_uri = server.url("/out")
    row.save()
    key = world.client.client_id[:40]
    session = SignedInSession.objects.create(user=world.user, session_key=key, device="x")
    world.sign_in()
    stored = world.browser.session
    stored[SESSION_ID] = session.id
    stored.save()
    url = world.push()
    world.person.open(url)
    answer = world.person.decide(url, accounts=["box-1"]).answer
    world.id_token = world.client.redeem(answer["code"]).json["id_token"]  # type: ignore[attr-defined]
    return session


def end(world: World, session: SignedInSession) -> None:
    end_session(session.id, by=Actor(type="customer", user_id=world.user.id), reason="by_its_owner")


def posted(server: Server) -> list[str]:
    """Return the logout tokens a server was sent."""
    bodies = [head.partition(b"\r\n\r\n")[2].decode() for head in server.heads]
    return [parse_qs(body)["logout_token"][0] for body in bodies]


class TestSessionId:
    def test_is_told_in_the_id_token(self, world: World, serve: Serve) -> None:
        session = shared(world, serve(says(200)))
        assert decoded(world.id_token).claims["sid"] == session.id  # type: ignore[attr-defined]

    def test_and_the_rest_is_announced(self, world: World) -> None:
        body = world.person.open("/.well-known/openid-configuration").json
        assert body["backchannel_logout_supported"] is True
        assert body["backchannel_logout_session_supported"] is True


class TestLogoutToken:
    def test_names_the_session_that_ended_and_is_signed_by_the_bank(self, world: World, serve: Serve) -> None:
        server = serve(says(200))
        session = shared(world, server)
        end(world, session)
        assert tell_apps() == 1
        token = decoded(posted(server)[0])
        assert token.header["typ"] == "logout+jwt"
        claims = token.claims
        assert (claims["iss"], claims["aud"]) == (settings.PUBLIC_ORIGIN, world.client.client_id)
        assert (claims["sub"], claims["sid"]) == (world.user.id, session.id)
        assert claims["events"] == {EVENT: {}}
        assert 0 < claims["exp"] - time.time() <= 120
        assert claims["jti"]
        assert "nonce" not in claims

    def test_is_posted_as_a_form_with_its_length(self, world: World, serve: Serve) -> None:
        server = serve(says(204))
        end(world, shared(world, server))
        tell_apps()
        head = server.heads[0].decode()
        assert head.startswith("POST /out HTTP/1.1")
        assert "application/x-www-form-urlencoded" in head

    def test_is_no_access_token_and_no_id_token(self, world: World, serve: Serve) -> None:
        server = serve(says(200))
        end(world, shared(world, server))
        tell_apps()
        assert world.client.call("GET", "/oauth/userinfo", posted(server)[0]).status == 401


class TestTelling:
    def test_happens_once(self, world: World, serve: Serve) -> None:
        server = serve(says(200))
        session = shared(world, server)
        end(world, session)
        end(world, session)
        assert (tell_apps(), tell_apps()) == (1, 0)
        assert LogoutNotice.objects.get(session=session).delivered_at

    def test_takes_no_token_from_the_app(self, world: World, serve: Serve) -> None:
        session = shared(world, serve(says(200)))
        end(world, session)
        tell_apps()
        assert AccessToken.objects.filter(user=world.user).exists()

    @pytest.mark.parametrize("status", [400, 404, 500, 302])
    def test_is_tried_again_later_when_the_app_does_not_take_it(
        self, world: World, serve: Serve, status: int
    ) -> None:
        server = serve(says(status))
        session = shared(world, server)
        end(world, session)
        assert (tell_apps(), tell_apps()) == (0, 0)
        assert len(server.heads) == 1
        notice = LogoutNotice.objects.get(session=session)
        assert notice.delivered_at is None
        assert notice.next_at is not None
        assert notice.next_at > timezone.now() + timedelta(seconds=20)
        LogoutNotice.objects.update(next_at=timezone.now())
        tell_apps()
        assert len(server.heads) == 2

    def test_of_one_that_fails_leaves_the_others_theirs(
        self, world: World, serve: Serve, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        session = shared(world, serve(says(200)))
        end(world, session)
        (notice,) = LogoutNotice.objects.filter(session=session)
        due = logout_notices._due
        monkeypatch.setattr(logout_notices, "_due", lambda: [new("lgo"), *due()])
        assert tell_apps() == 1
        notice.refresh_from_db()
        assert notice.delivered_at

    def test_ends_some_day(self, world: World, serve: Serve) -> None:
        server = serve(says(500))
        session = shared(world, server)
        end(world, session)
        LogoutNotice.objects.update(attempts=MOST_ATTEMPTS - 1)
        tell_apps()
        assert LogoutNotice.objects.get(session=session).next_at is None

    def test_never_calls_a_neighbour_of_the_bank(self, world: World, serve: Serve, settings: Any) -> None:
        server = serve(says(200))
        session = shared(world, server)
        settings.OUTBOUND_LOOPBACK_HOSTS = []
        end(world, session)
        assert tell_apps() == 0
        assert server.connections == 0

    def test_goes_by_the_worker_and_carries_nothing_through_the_broker(self) -> None:
        schedule = settings.CELERY_BEAT_SCHEDULE["tell apps of logouts"]
        assert json.dumps(schedule["task"]) == '"oauth.tell_apps"'
        assert "args" not in schedule
