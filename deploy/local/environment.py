"""The environment each process gets: what all share, and its own credentials and keys only."""

import os
from collections.abc import Mapping

from deploy.local.keys import keys_for
from deploy.local.state import PROJECT, State

INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR")
# What a person may set for every process of a local bank; anything else is decided here.
TUNABLE = (
    "LOG_LEVEL", "ACCESS_LOG", "TRUSTED_PROXY_COUNT", "TRUSTED_PROXIES", "RATE_LIMIT_FACTOR", "WEB_WORKERS",
    "WEB_THREADS", "BUILD", "IDEMPOTENCY_KEPT_HOURS", "DPOP_NONCE_SECONDS", "WATCH_MAIL_TO",
    "WATCH_ESCALATION_MAIL_TO", "GLASS_BOX",
)  # fmt: skip


def inherited() -> dict[str, str]:
    """Return what a process may know of the launcher's own environment."""
    kept = {name: value for name in INHERITED + TUNABLE if (value := os.environ.get(name)) is not None}
    return {"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8"} | kept | {"PYTHONUNBUFFERED": "1"}


def bank_environment(
    state: State,
    *,
    environment: str,
    origin: str,
    hosts: str,
    broker: str,
    cache: str,
    process: str = "command",
) -> dict[str, str]:
    """Return what a process of the bank gets but for its databases."""
    return {
        **inherited(),
        **keys_for(state, process),
        "DJANGO_SETTINGS_MODULE": "bank.settings",
        "PYTHONPATH": str(PROJECT),
        "BANK_ENVIRONMENT": environment,
        "BANK_PROCESS": process,
        "PUBLIC_ORIGIN": origin,
        "ALLOWED_HOSTS": hosts,
        "BROKER_URL": broker,
        "CACHE_URL": cache,
        "STATIC_ROOT": str(state.root / "static"),
        "MAIL_DIRECTORY": str(state.root / "mail"),
        "AUDIT_PUBLISHED_NOTE": str(state.root / "audit" / "published-note"),
        "ERASURE_LEDGER": str(state.root / "privacy" / "erasures"),
        **(
            {"AUDIT_POLICY_FILE": str(policy)} if (policy := state.root / "audit" / "policy").exists() else {}
        ),
    }


def with_databases(
    base: Mapping[str, str], default: str, *, sealer: str = "", reader: str = ""
) -> dict[str, str]:
    """Return `base` with the given logins; one not given falls back to the default login."""
    return {
        **base,
        "DATABASE_URL": default,
        "SEALER_DATABASE_URL": sealer or default,
        "READER_DATABASE_URL": reader or default,
    }
