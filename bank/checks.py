"""What production refuses to start with. `manage.py check --deploy` says it; `refuse_to_start` enforces it.

Each line of RULES is one thing that was wrong in some real service: a number, what must hold, how it is seen.
"""

import os
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register, run_checks
from django.core.exceptions import ImproperlyConfigured

from bank import clock
from bank.access.addresses import is_narrow
from bank.access.rate_limits import DOORS, rate_of
from bank.database.mark import environments_of

SHORTEST_SECRET = 50
FEWEST_DIFFERENT_CHARACTERS = 16
GUESSED = ("django-insecure", "change", "secret", "example", "test", "demo")
POLICY = {
    "default-src": ["'none'"],
    "script-src": ["'self'"],
    "style-src": ["'self'"],
    "img-src": ["'self'", "data:"],
    "font-src": ["'self'"],
    "connect-src": ["'self'"],
    "form-action": ["'self'"],
    "base-uri": ["'none'"],
    "frame-ancestors": ["'none'"],
}
API = {
    "DEFAULT_PERMISSION_CLASSES": ["bank.access.gate.NamedPermission"],
    "DEFAULT_PARSER_CLASSES": ["bank.wire.parsers.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["bank.wire.renderers.JSONRenderer"],
    "EXCEPTION_HANDLER": "bank.problems.exception_handler",
}

WAY_IN = (
    "bank.middleware.content_policy.ContentPolicy",
    "bank.middleware.request_context.RequestContextMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "bank.middleware.only_pages.Csrf",
)


def secret_is_random() -> bool:
    """Whether the key is long, varied and not one of those people leave in."""
    key = settings.SECRET_KEY
    varied = len(key) >= SHORTEST_SECRET and len(set(key)) >= FEWEST_DIFFERENT_CHARACTERS
    return varied and not key.lower().startswith(GUESSED)


def hosts_are_named() -> bool:
    """Whether the hosts are listed one by one, and the public origin's is among them."""
    named = all(host and not host.startswith(".") and "*" not in host for host in settings.ALLOWED_HOSTS)
    return named and urlsplit(settings.PUBLIC_ORIGIN).hostname in settings.ALLOWED_HOSTS


def proxies_are_named() -> bool:
    """Whether everybody is named who may say where a request came from."""
    named = settings.TRUSTED_PROXIES
    return all(map(is_narrow, named)) and bool(named or not settings.TRUSTED_PROXY_COUNT)


def cookies_are_locked() -> bool:
    """Whether session and CSRF cookies stay on this host, over TLS, out of scripts' reach."""
    return all(
        getattr(settings, f"{cookie}_COOKIE_NAME").startswith("__Host-")
        and getattr(settings, f"{cookie}_COOKIE_SECURE")
        and getattr(settings, f"{cookie}_COOKIE_HTTPONLY")
        and getattr(settings, f"{cookie}_COOKIE_SAMESITE") in {"Lax", "Strict"}
        for cookie in ("SESSION", "CSRF")
    )


def api_is_guarded() -> bool:
    """Whether the API's gate, parser, renderer and exception handler are the bank's own."""
    return all(settings.REST_FRAMEWORK.get(name) == wanted for name, wanted in API.items())


def doors_are_in_order() -> bool:
    """Whether every request meets the policy, the refusals, HTTPS and the form's token, in this order."""
    order = [settings.MIDDLEWARE.index(name) for name in WAY_IN if name in settings.MIDDLEWARE]
    return len(order) == len(WAY_IN) and order == sorted(order) and order[:2] == [0, 1]


def databases_are_durable() -> bool:
    """Whether every login waits a bounded time, and an acknowledged commit is on disk."""
    wanted = ("synchronous_commit=on", "statement_timeout=", "lock_timeout=", "idle_in_transaction_session")
    databases: dict[str, Any] = settings.DATABASES
    bounded = (
        min(settings.STATEMENT_TIMEOUT_MS, settings.LOCK_TIMEOUT_MS, settings.IDLE_IN_TRANSACTION_MS) > 0
    )
    return bounded and all(
        database["ENGINE"] == "django.db.backends.postgresql"
        and all(setting in database["OPTIONS"]["options"] for setting in wanted)
        for database in databases.values()
    )


def limits_are_real() -> bool:
    """Whether every door counts, at the rates its page names."""
    return settings.RATE_LIMIT_FACTOR == 1 and all(
        rate_of(name, kind)[0] > 0 for name, door in DOORS.items() for kind in door.rates
    )


def somebody_is_told() -> bool:
    """Whether whoever finds a weakness has an address to write to (RFC 9116, 2.5.3)."""
    return bool(settings.SECURITY_CONTACT.startswith(("mailto:", "https://", "tel:")))


def log_can_be_sealed() -> bool:
    """Whether the worker can read the keys that the log and its daily reviews are signed with."""
    return settings.PROCESS != "worker" or _readable(
        settings.AUDIT_SIGNING_KEY_FILE, settings.REVIEW_SIGNING_KEY_FILE
    )


def rail_can_be_spoken_to() -> bool:
    """Whether who speaks with the rail can read the bank's key for it and the rail's own."""
    speaks = settings.RAIL_URL and settings.PROCESS in {"web", "worker"}
    return not speaks or _readable(settings.RAIL_SIGNING_KEY_FILE, settings.RAIL_KEYS_FILE)


def _readable(*paths: str) -> bool:
    return all(path and os.access(path, os.R_OK) for path in paths)


Rule = tuple[str, str, Callable[[], Any]]

RULES: tuple[Rule, ...] = (
    ("E001", "DEBUG must be off", lambda: not settings.DEBUG),
    ("E002", "SECRET_KEY must be 50 random characters or more", secret_is_random),
    ("E003", "PUBLIC_ORIGIN must begin with https://",
     lambda: settings.PUBLIC_ORIGIN.startswith("https://")),
    ("E004", "ALLOWED_HOSTS must list each host, the public origin's among them", hosts_are_named),
    ("E005", "MASTER_KEYS or MASTER_KEYS_FILE must hold the ring that seals personal data",
     lambda: bool(settings.MASTER_KEYS or settings.MASTER_KEYS_FILE)),
    ("E006", "cookies must be __Host-, Secure, HttpOnly and SameSite", cookies_are_locked),
    ("E007", "the content security policy must be the one of bank/checks.py",
     lambda: settings.CONTENT_SECURITY_POLICY == {"DIRECTIVES": POLICY}),
    ("E008", "the API must have the bank's own gate, parser, renderer and error handler", api_is_guarded),
    ("E016", "the middleware must stand in the order of bank/checks.py", doors_are_in_order),
    ("E009", "every database login must be durable and wait a bounded time", databases_are_durable),
    ("E010", "RATE_LIMIT_FACTOR must be 1", limits_are_real),
    ("E021", "TRUSTED_PROXIES must name the networks of all proxies, none wider than /16 or /48",
     proxies_are_named),
    ("E011", "EXPLORER_CLIENT_ID is for the sandbox alone", lambda: not settings.EXPLORER_CLIENT_ID),
    ("E012", "passwords must be hashed with argon2id alone",
     lambda: settings.PASSWORD_HASHERS == ["django.contrib.auth.hashers.Argon2PasswordHasher"]),
    ("E013", "tasks must be JSON: anything else is code from the broker",
     lambda: settings.CELERY_ACCEPT_CONTENT == ["json"]),
    ("E014", "HSTS must last a year or more", lambda: settings.SECURE_HSTS_SECONDS >= 31_536_000),
    ("E015", "pages must be led to HTTPS (SECURE_SSL_REDIRECT)", lambda: settings.SECURE_SSL_REDIRECT),
    ("E019", "RAIL_URL must begin with https://: names and numbers of payees go there",
     lambda: not settings.RAIL_URL or settings.RAIL_URL.startswith("https://")),
    ("E022", "SECURITY_CONTACT must say whom to tell of a weakness (mailto:, https:// or tel:)",
     somebody_is_told),
    ("E024", "AUDIT_SIGNING_KEY_FILE and REVIEW_SIGNING_KEY_FILE must be files the worker can read",
     log_can_be_sealed),
    ("E025", "RAIL_SIGNING_KEY_FILE and RAIL_KEYS_FILE must be files that can be read where RAIL_URL is set",
     rail_can_be_spoken_to),
    ("E018", "the sandbox's addresses must not exist", lambda: not settings.SANDBOX),
    ("E017", "OUTBOUND_LOOPBACK_HOSTS is for the sandbox alone",
     lambda: not settings.OUTBOUND_LOOPBACK_HOSTS),
)  # fmt: skip


def check_production(app_configs: Any = None, **_: Any) -> list[CheckMessage]:
    """Return an Error for each rule of production that does not hold."""
    return [Error(message, id=f"bank.{number}") for number, message, holds in RULES if not holds()]


def check_database(app_configs: Any = None, databases: Any = None, **_: Any) -> list[CheckMessage]:
    """Return an Error when the database belongs to another kind of bank: demo users never meet real money."""
    return [Error(message, id="bank.E020") for message in _foreign_marks()] if databases else []


def _foreign_marks() -> Iterator[str]:
    marks = environments_of()
    if settings.PRODUCTION and marks - {"production"}:
        yield "this database was made for the sandbox and holds demo users: production refuses it"
    if settings.PRODUCTION and marks and clock.kept():
        yield "this database's clock was moved: production goes by the real time"
    if not settings.PRODUCTION and "production" in marks:
        yield f"this database belongs to production: a {settings.ENVIRONMENT} process refuses it"


def register_all() -> None:
    """Tell Django of the checks."""
    register(check_production, Tags.security, deploy=True)
    register(check_database, Tags.database)


def refuse_to_start() -> None:
    """Raise ImproperlyConfigured, saying all that is wrong, unless this process may serve.

    Web and worker call it; Django itself checks only for commands.
    """
    found = list(run_checks(tags=[Tags.database], databases=["default"]))
    if not environments_of():  # `migrate` itself passes the checks
        found.append(Error("the database is empty: run `manage.py migrate` as its owner", id="bank.E023"))
    if settings.PRODUCTION:
        found += run_checks(tags=[Tags.security], include_deployment_checks=True)
    errors = [f"{message.id}: {message.msg}" for message in found if message.is_serious()]
    if errors:
        raise ImproperlyConfigured("the bank refuses to start: " + "; ".join(errors))
