"""`check --deploy` notices each setting that falls below the profile."""

from typing import Any

import pytest
from django.conf import settings
from django.test import override_settings

from oauth.checks import AUTHENTICATION, DEMANDED, SWAPPED, check_fapi


def ids() -> list[str]:
    return [str(message.id) for message in check_fapi(None) if message.is_serious()]


def not_in_use() -> list[str]:
    return [str(message.id) for message in check_fapi(None) if not message.is_serious()]


class TestChecks:
    def test_find_nothing_as_things_are(self) -> None:
        assert ids() == []

    @pytest.mark.parametrize("name", DEMANDED)
    def test_notice_each_setting_of_dot(self, name: str) -> None:
        wrong = {**settings.OAUTH2_PROVIDER, name: "wrong"}
        with override_settings(OAUTH2_PROVIDER=wrong):
            assert ids() == ["oauth.E001"]

    @pytest.mark.parametrize("name", SWAPPED)
    def test_notice_a_model_that_is_not_ours(self, name: str) -> None:
        with override_settings(**{name: "oauth2_provider.Something"}):
            assert ids() == ["oauth.E002"]

    @pytest.mark.parametrize(
        ("changes", "expected"),
        [
            ({"OAUTH_SIGNING_KEYS": ""}, "oauth.E005"),
            ({"OAUTH_SIGNING_KEYS": "{}"}, "oauth.E005"),
            ({"OAUTH_SIGNING_KEYS": '{"keys": []}'}, "oauth.E005"),
            ({"PUBLIC_ORIGIN": "http://bank.example"}, "oauth.E006"),
            ({"PUBLIC_ORIGIN": "https://bank.example/"}, "oauth.E006"),
            ({"MTLS_ORIGIN": "http://mtls.bank.example"}, "oauth.E010"),
            ({"MTLS_ORIGIN": "https://mtls.bank.example/x"}, "oauth.E010"),
            ({"MTLS_ORIGIN": settings.PUBLIC_ORIGIN}, "oauth.E010"),
            ({"CLIENT_CERTIFICATE_PROXIES": ["0.0.0.0/0"]}, "oauth.E011"),
            ({"CLIENT_CERTIFICATE_PROXIES": ["::/0"]}, "oauth.E011"),
            ({"CLIENT_CERTIFICATE_PROXIES": ["gateway"]}, "oauth.E011"),
            ({"CLIENT_CERTIFICATE_AUTHORITIES": "/nowhere.pem"}, "oauth.E012"),
            ({"DPOP_NONCE_SECONDS": -1}, "oauth.E013"),
            ({"REST_FRAMEWORK": {"DEFAULT_AUTHENTICATION_CLASSES": ["x"]}}, "oauth.E008"),
            ({"REST_FRAMEWORK": {"DEFAULT_AUTHENTICATION_CLASSES": AUTHENTICATION[::-1]}}, "oauth.E008"),
            ({"REST_FRAMEWORK": {"DEFAULT_AUTHENTICATION_CLASSES": [*AUTHENTICATION, "x"]}}, "oauth.E008"),
        ],
    )
    def test_notice_what_surrounds_it(self, changes: dict[str, Any], expected: str) -> None:
        with override_settings(**changes):
            assert ids() == [expected]

    def test_notice_a_cache_that_processes_do_not_share(self) -> None:
        caches = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
        with override_settings(CACHES=caches):
            assert ids() == ["oauth.E007"]

    @pytest.mark.parametrize("name", ["CODE_SECONDS", "ACCESS_TOKEN_SECONDS", "REQUEST_SECONDS"])
    def test_notice_a_life_too_long(self, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(f"oauth.rules.{name}", 3600)
        assert ids() == ["oauth.E003"]

    def test_notice_an_algorithm_too_many(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("oauth.protocol.jose.ALGORITHMS", ("PS256", "RS256"))
        assert ids() == ["oauth.E004"]

    @pytest.mark.parametrize("seconds", [0, 9, 61, 3600])
    def test_notice_clocks_too_strict_and_too_lax(
        self, seconds: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("oauth.protocol.clock.MOST_SECONDS_AHEAD", seconds)
        assert ids() == ["oauth.E009"]


class TestWhatIsNotInUse:
    def test_is_named_each_by_itself(self) -> None:
        assert not_in_use() == ["oauth.I001", "oauth.I003", "oauth.I004"]
        with override_settings(MTLS_ORIGIN="https://mtls.bank.example"):
            assert not_in_use() == ["oauth.I002", "oauth.I003", "oauth.I004"]
        with override_settings(DPOP_NONCE_SECONDS=60, SANDBOX=False):
            assert not_in_use() == ["oauth.I001"]
