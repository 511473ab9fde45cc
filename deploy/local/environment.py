"""The environment each process gets: what all share, and its own credentials only."""

import base64
import os
import secrets
from collections.abc import Mapping

from deploy.local.state import PROJECT, State

INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TZ", "SSL_CERT_FILE", "SSL_CERT_DIR")


def master_key() -> str:
    """Return a new key ring of one AES-256 key, `id:base64`."""
    return f"k1:{base64.b64encode(secrets.token_bytes(32)).decode()}"


def ed25519_seed() -> str:
    """Return a new Ed25519 private key (its 32-byte seed), base64."""
    return base64.b64encode(secrets.token_bytes(32)).decode()


# Environment name → how its value is made. Made once, kept in `keys/`.
KEYS = {"SECRET_KEY": secrets.token_urlsafe, "MASTER_KEYS": master_key}


def application_keys(state: State) -> dict[str, str]:
    """Return the keys of the bank itself, by environment name."""
    return {name: state.secret(name.lower().replace("_", "-"), make) for name, make in KEYS.items()}


def inherited() -> dict[str, str]:
    """Return what a process may know of the launcher's own environment."""
    kept = {name: value for name in INHERITED if (value := os.environ.get(name)) is not None}
    return {"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8"} | kept | {"PYTHONUNBUFFERED": "1"}


def bank_environment(
    state: State, *, environment: str, origin: str, hosts: str, broker: str, cache: str
) -> dict[str, str]:
    """Return what every process of the bank gets; databases are added per process."""
    return {
        **inherited(),
        **application_keys(state),
        "DJANGO_SETTINGS_MODULE": "bank.settings",
        "PYTHONPATH": str(PROJECT),
        "BANK_ENVIRONMENT": environment,
        "PUBLIC_ORIGIN": origin,
        "ALLOWED_HOSTS": hosts,
        "BROKER_URL": broker,
        "CACHE_URL": cache,
    }


def with_databases(base: Mapping[str, str], default: str, *, sealer: str = "", reader: str = "") -> dict[str, str]:
    """Return `base` with the given logins; one not given falls back to the default login."""
    return {
        **base,
        "DATABASE_URL": default,
        "SEALER_DATABASE_URL": sealer or default,
        "READER_DATABASE_URL": reader or default,
    }
