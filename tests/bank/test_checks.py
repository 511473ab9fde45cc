"""What production refuses to start with: each rule switched off must be seen."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from bank import checks
from bank.database import mark

GOOD = {
    "PRODUCTION": True,
    "SANDBOX": False,
    "ENVIRONMENT": "production",
    "DEBUG": False,
    "SECRET_KEY": "k3yQ9zXw7-Lm2Vb8Rt5_Yc1Nd6Hf4Gj0PsAuEiOoZxKqWvTb5sJ2pL8c",
    "PUBLIC_ORIGIN": "https://bank.example",
    "ALLOWED_HOSTS": ["bank.example"],
    "RATE_LIMIT_FACTOR": 1,
    "EXPLORER_CLIENT_ID": "",
    "SECURE_SSL_REDIRECT": True,
    "PROCESS": "worker",
    "AUDIT_SIGNING_KEY_FILE": __file__,
    "REVIEW_SIGNING_KEY_FILE": __file__,
    "RAIL_SIGNING_KEY_FILE": __file__,
    "RAIL_KEYS_FILE": __file__,
    "SECURITY_CONTACT": "mailto:security@bank.example",
}
BROKEN = {
    "E001": {"DEBUG": True},
    "E002": {"SECRET_KEY": "x" * 60},
    "E003": {"PUBLIC_ORIGIN": "http://bank.example"},
    "E004": {"ALLOWED_HOSTS": ["bank.example", "*"]},
    "E005": {"MASTER_KEYS": ""},
    "E006": {"SESSION_COOKIE_SECURE": False},
    "E007": {"CONTENT_SECURITY_POLICY": {"DIRECTIVES": {**checks.POLICY, "script-src": ["'unsafe-inline'"]}}},
    "E008": {"REST_FRAMEWORK": {}},
    "E009": {"LOCK_TIMEOUT_MS": 0},
    "E010": {"RATE_LIMIT_FACTOR": 1000},
    "E011": {"EXPLORER_CLIENT_ID": "explorer"},
    "E012": {"PASSWORD_HASHERS": ["django.contrib.auth.hashers.MD5PasswordHasher"]},
    "E013": {"CELERY_ACCEPT_CONTENT": ["json", "pickle"]},
    "E014": {"SECURE_HSTS_SECONDS": 0},
    "E015": {"SECURE_SSL_REDIRECT": False},
    "E018": {"SANDBOX": True},
    "E017": {"OUTBOUND_LOOPBACK_HOSTS": ["localhost"]},
    "E019": {"RAIL_URL": "http://rail.example"},
    "E024": {"AUDIT_SIGNING_KEY_FILE": ""},
    "E025": {"RAIL_URL": "https://rail.example", "RAIL_KEYS_FILE": "/nowhere/keys"},
    "E022": {"SECURITY_CONTACT": ""},
    "E021": {"TRUSTED_PROXY_COUNT": 1},
    "E016": {"MIDDLEWARE": ["bank.middleware.request_context.RequestContextMiddleware"]},
}
SECRETS = ["short", "django-insecure-" + GOOD["SECRET_KEY"], "ab" * 30, "changeme" + str(GOOD["SECRET_KEY"])]


def found() -> list[str]:
    return [str(message.id).removeprefix("bank.") for message in checks.check_production()]


@pytest.fixture
def production(settings: Any) -> Any:
    for name, value in GOOD.items():
        setattr(settings, name, value)
    return settings


class TestCheckProduction:
    def test_is_content_with_a_good_bank(self, production: Any) -> None:
        assert found() == []

    def test_has_a_broken_bank_for_each_rule(self) -> None:
        assert {number for number, _, _ in checks.RULES} == set(BROKEN)

    def test_gives_each_failure_a_number_of_its_own(self) -> None:
        source = Path(checks.__file__).read_text()
        numbers = re.findall(r'"(?:bank\.)?(E\d+)"', source)
        assert sorted(numbers) == sorted(set(numbers))

    @pytest.mark.parametrize("number", BROKEN)
    def test_sees(self, production: Any, number: str) -> None:
        for name, value in BROKEN[number].items():
            setattr(production, name, value)
        assert found() == [number]

    @pytest.mark.parametrize("network", ["0.0.0.0/0", "10.0.0.0/8", "::/0", "the gateway", ""])
    def test_sees_a_network_that_is_everybodys_or_none(self, production: Any, network: str) -> None:
        production.TRUSTED_PROXY_COUNT, production.TRUSTED_PROXIES = 1, ["10.1.0.0/16", network]
        assert found() == ["E021"]

    def test_is_content_with_proxies_that_are_named(self, production: Any) -> None:
        production.TRUSTED_PROXY_COUNT, production.TRUSTED_PROXIES = 1, ["10.1.0.0/16", "fd00:1:2::/48"]
        assert found() == []

    @pytest.mark.parametrize("url", ["", "https://rail.example"])
    def test_is_content_without_a_rail_and_with_a_safe_one(self, production: Any, url: str) -> None:
        production.RAIL_URL = url
        assert found() == []

    @pytest.mark.parametrize("process", ["web", "beat", "command"])
    def test_asks_for_a_key_only_where_it_is_used(self, production: Any, process: str) -> None:
        production.PROCESS, production.RAIL_URL = process, "https://rail.example"
        production.AUDIT_SIGNING_KEY_FILE = production.REVIEW_SIGNING_KEY_FILE = ""
        assert found() == []
        production.RAIL_SIGNING_KEY_FILE = ""
        assert found() == (["E025"] if process == "web" else [])

    @pytest.mark.parametrize("secret", SECRETS)
    def test_knows_secrets_that_are_none(self, production: Any, secret: str) -> None:
        production.SECRET_KEY = secret
        assert found() == ["E002"]


class TestMark:
    def test_says_what_the_database_was_made_for(self, db: None) -> None:
        assert mark.environments_of() == {"test"}

    def test_production_refuses_a_database_of_the_sandbox(self, production: Any, db: None) -> None:
        assert [message.id for message in checks.check_database(databases=["default"])] == ["bank.E020"]

    def test_a_sandbox_refuses_the_database_of_production(self, db: None, monkeypatch: Any) -> None:
        monkeypatch.setattr(checks, "environments_of", lambda: {"production"})
        assert [message.id for message in checks.check_database(databases=["default"])] == ["bank.E020"]

    def test_cannot_be_wiped_off_by_the_application(self, db: None) -> None:
        from django.db import ProgrammingError, connection, transaction

        with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("DELETE FROM bank_database_mark")


class TestRefuseToStart:
    def test_starts_here(self, db: None) -> None:
        checks.refuse_to_start()

    def test_names_everything_that_is_wrong(self, production: Any, db: None) -> None:
        production.DEBUG = True
        with pytest.raises(ImproperlyConfigured, match=r"bank\.E020.*bank\.E001"):
            checks.refuse_to_start()

    def test_ends_a_worker(self, production: Any, db: None) -> None:
        from bank.celery import refuse_to_start

        with pytest.raises(SystemExit, match="demo users"):
            refuse_to_start()

    def test_asks_no_database_for_the_scheduler_which_has_none(self) -> None:
        from celery import signals

        answers = signals.beat_init.send(sender=None)  # the database is out of reach in this test, too
        assert [str(answer) for _, answer in answers if answer] == []
