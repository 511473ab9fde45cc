"""What the operations do and leave: consents, apps, what was shown, and the trail."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.db.models.functions import Now

from audit.actor import ANONYMOUS, Actor, system
from bank.access import permissions
from oauth import consent_page, queries
from oauth.errors import (
    ChoiceNotOffered,
    ClientMetadataRefused,
    ConsentNotFound,
    NothingChosen,
    PageChanged,
    RequestDecided,
)
from oauth.models import Client, Consent, PushedAuthorizationRequest
from oauth.operations import grant_consent, note_what_was_shown, register_client, revoke_consent
from oauth.sign_in import ONE_FACTOR, SignIn
from tests.oauth.conftest import World, new_user
from tests.support.fapi_client import new_key

SIGNED_IN = SignIn(acr=ONE_FACTOR, amr=("pwd",), auth_time=datetime(2026, 1, 1, tzinfo=UTC))


def customer(world: World) -> Actor:
    return Actor(type="customer", user_id=world.user.id)


def shown_page(world: World) -> consent_page.Shown:
    """Push and look, without deciding."""
    world.push()
    pushed = PushedAuthorizationRequest.objects.select_related("client").latest("created_at")
    shown = consent_page.build(pushed, world.user)
    note_what_was_shown(request_id=pushed.id, digest=shown.digest, by=customer(world))
    return shown


def grant(world: World, shown: consent_page.Shown, chosen: list[str]) -> Consent:
    return grant_consent(shown=shown, chosen=chosen, signed_in=SIGNED_IN, by=customer(world))


class TestGrantConsent:
    def test_keeps_what_was_agreed_to(self, world: World) -> None:
        shown = shown_page(world)
        consent = grant(world, shown, ["box-2"])
        kept = Consent.objects.get(id=consent.id)
        assert kept.status == "AUTH"
        assert kept.shown_digest == shown.digest
        assert kept.expires_at - kept.created_at <= timedelta(days=90)
        assert kept.permissions == ["accounts:read", "balances:read"]
        assert kept.authorization_details == [{"type": "boxes", "chosen": ["box-2"]}]
        assert kept.last_event_id is not None

    def test_refuses_nothing_chosen(self, world: World) -> None:
        with pytest.raises(NothingChosen):
            grant(world, shown_page(world), [])

    @pytest.mark.parametrize("chosen", [["box-3"], ["box-1", "box-3"], ["box-9"], [""]])
    def test_refuses_what_was_not_offered(self, world: World, chosen: list[str]) -> None:
        with pytest.raises(ChoiceNotOffered):
            grant(world, shown_page(world), chosen)

    def test_refuses_a_second_decision(self, world: World) -> None:
        shown = shown_page(world)
        grant(world, shown, ["box-1"])
        with pytest.raises(RequestDecided):
            grant(world, shown, ["box-1"])

    def test_refuses_what_another_person_was_shown(self, world: World) -> None:
        shown = shown_page(world)
        with pytest.raises(PageChanged):
            grant_consent(
                shown=shown,
                chosen=["box-1"],
                signed_in=SIGNED_IN,
                by=Actor(type="customer", user_id=new_user().id),
            )

    def test_leaves_nothing_when_the_last_step_fails(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        shown = shown_page(world)

        def broken(*args: object, **kwargs: object) -> None:
            raise RuntimeError

        monkeypatch.setattr("oauth.operations.consents.record", broken)
        with pytest.raises(RuntimeError), transaction.atomic():
            grant(world, shown, ["box-1"])
        assert not Consent.objects.filter(user=world.user).exists()
        assert PushedAuthorizationRequest.objects.get(id=shown.request_id).decided_at is None


class TestDatabase:
    def test_holds_one_consent_for_a_request_at_most(self, world: World) -> None:
        consent = grant(world, shown_page(world), ["box-1"])
        again = Consent.objects.get(id=consent.id)
        again.pk = None
        again.id = Consent._meta.pk.get_default()
        again.shown = None
        with pytest.raises(IntegrityError), transaction.atomic():
            again.save(force_insert=True)

    def test_holds_no_consent_that_ends_before_it_begins(self, world: World) -> None:
        consent = grant(world, shown_page(world), ["box-1"])
        with pytest.raises(IntegrityError), transaction.atomic():
            Consent.objects.filter(id=consent.id).update(expires_at=Now() - timedelta(days=200))

    def test_holds_no_cancelled_consent_without_its_time(self, world: World) -> None:
        consent = grant(world, shown_page(world), ["box-1"])
        with pytest.raises(IntegrityError), transaction.atomic():
            Consent.objects.filter(id=consent.id).update(status="CANC")


class TestRevokeConsent:
    def test_ends_it_and_counts_the_version(self, world: World) -> None:
        consent = grant(world, shown_page(world), ["box-1"])
        ended = revoke_consent(consent.id, by=customer(world))
        assert (ended.status, ended.version) == ("CANC", 2)
        assert ended.last_event_id != consent.last_event_id

    def test_twice_changes_nothing_the_second_time(self, world: World) -> None:
        consent = grant(world, shown_page(world), ["box-1"])
        first = revoke_consent(consent.id, by=customer(world))
        second = revoke_consent(consent.id, by=customer(world))
        assert (first.version, first.ended_at) == (second.version, second.ended_at)

    @pytest.mark.parametrize(
        "consent_id", ["con_00000000000000000000000000", "nonsense", "acc_1", "", "\x00"]
    )
    def test_of_none_is_not_found(self, world: World, consent_id: str) -> None:
        with pytest.raises(ConsentNotFound):
            revoke_consent(consent_id, by=customer(world))

    def test_of_somebody_elses_is_not_found(self, world: World) -> None:
        consent = grant(world, shown_page(world), ["box-1"])
        for stranger in (ANONYMOUS, Actor(type="customer", user_id=new_user().id)):
            with pytest.raises(ConsentNotFound):
                revoke_consent(consent.id, by=stranger)

    def test_of_another_app_is_not_found(self, world: World) -> None:
        consent = grant(world, shown_page(world), ["box-1"])
        app = Actor(type="app", user_id=world.user.id, client_id="another", bound_to_consent=True)
        with pytest.raises(ConsentNotFound):
            revoke_consent(consent.id, by=app)

    def test_by_staff_with_the_right(self, world: World) -> None:
        consent = grant(world, shown_page(world), ["box-1"])
        support = Actor(
            type="staff", user_id=new_user().id, permissions=frozenset({permissions.CONSENTS_REVOKE_ANY})
        )
        assert revoke_consent(consent.id, by=support, reason="asked_by_telephone").status == "CANC"


class TestQueries:
    def test_a_consent_is_found_by_its_owner_only(self, world: World) -> None:
        consent = grant(world, shown_page(world), ["box-1"])
        assert queries.get_consent(consent.id, owned_by=customer(world)).id == consent.id
        with pytest.raises(ConsentNotFound):
            queries.get_consent(consent.id, owned_by=Actor(type="customer", user_id=new_user().id))

    def test_the_app_behind_a_sign_in_is_found(self, world: World) -> None:
        url = world.push().removeprefix(world.client.issuer)
        pushed = queries.find_request_behind(url)
        assert pushed is not None
        assert pushed.client.client_id == world.client.client_id

    @pytest.mark.parametrize(
        "url",
        [
            "",
            "/account/",
            "https://evil.example/oauth/authorize",
            "/oauth/authorize",
            "//[",
            "/oauth/authorize?client_id=x&request_uri=y",
        ],
    )
    def test_no_app_is_found_behind_another_page(self, db: None, url: str) -> None:
        assert queries.find_request_behind(url) is None


class TestRegisterClient:
    def register(self, **metadata: object) -> Client:
        sound = {
            "name": "App",
            "redirect_uris": ["https://app.example/callback"],
            "scope": "accounts:read",
            "jwks": {"keys": [new_key().as_dict(private=False)]},
        }
        return register_client(**{**sound, **metadata}, by=system("tests"))  # type: ignore[arg-type]

    def test_makes_an_app_of_the_profile(self, db: None) -> None:
        client = self.register()
        assert client.token_endpoint_auth_method == "private_key_jwt"
        assert client.require_pushed_authorization_requests
        assert client.dpop_bound_access_tokens
        assert client.client_secret == ""

    @pytest.mark.parametrize(
        "uri",
        [
            "http://app.example/callback",
            "https://app.example/#fragment",
            "https://*.example/callback",
            "https://user@app.example/",
            "javascript:alert(1)",
            "app:/callback",
            "https:///callback",
            "https://app.example/a b",
            "https://app.example:0/",
            "https://app.example:x/",
            "",
        ],
    )
    def test_refuses_a_redirect_uri_that_is_not_exact_https(self, db: None, uri: str) -> None:
        with pytest.raises(ClientMetadataRefused):
            self.register(redirect_uris=[uri])

    def test_refuses_an_app_without_redirect_uri(self, db: None) -> None:
        with pytest.raises(ClientMetadataRefused):
            self.register(redirect_uris=[])

    def test_refuses_a_scope_no_app_may_have(self, db: None) -> None:
        with pytest.raises(ClientMetadataRefused):
            self.register(scope="consents:revoke")

    @pytest.mark.parametrize(
        "jwks", [None, {}, {"keys": []}, {"keys": [{"kty": "oct", "k": "x"}]}, {"keys": "x"}]
    )
    def test_refuses_an_app_without_a_sound_key(self, db: None, jwks: object) -> None:
        with pytest.raises(ClientMetadataRefused):
            self.register(jwks=jwks)
