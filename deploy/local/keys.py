"""The bank's own keys: each made once, kept in `keys/`, and given only to the processes that need it."""

import base64
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from deploy.local.state import State, write_private


def master_keys(path: Path) -> None:
    """Write a new key ring of one AES-256 key, in use from today."""
    write_private(path, f"{_master_key()}:{datetime.now(UTC).date().isoformat()}\n")


def _master_key() -> str:
    return f"k1:{base64.b64encode(secrets.token_bytes(32)).decode()}"


def oauth_keys(path: Path) -> None:
    """Write the private keys ID tokens are signed with."""
    from oauth.signing_keys import generate

    write_private(path, json.dumps(generate(), indent=2))


def audit_key(path: Path) -> None:
    """Write the audit log's signing key, and its public half beside it."""
    from audit.keys import generate_key

    generate_key(path)


def rail_key(path: Path) -> None:
    """Write the key the bank speaks to the rail with, and its public half beside it."""
    from payments.rails.signing import generate_key

    generate_key(path)


def review_key(path: Path) -> None:
    """Write the key daily reviews are signed with, and its public half beside it."""
    from audit.keys import generate_key

    generate_key(path, origin="harbour.bank/reviews")


@dataclass(frozen=True)
class Key:
    """A key the environment carries: its value, or (`write`) the path of its file."""

    variable: str
    holders: frozenset[str]
    make: Callable[[], str] | None = None
    write: Callable[[Path], None] | None = None

    def value(self, state: State) -> str:
        """Return what the environment variable says; makes the key the first time."""
        name = self.variable.lower().replace("_", "-")
        if self.make:
            return state.secret(name, self.make)
        path = state.keys / name.removesuffix("-file")
        if self.write and not path.exists():
            self.write(path)
        return str(path)


WEB, WORKER, BEAT, COMMAND = "web", "worker", "beat", "command"
KEYS = (
    Key("SECRET_KEY", frozenset({WEB, WORKER, COMMAND}), make=lambda: secrets.token_urlsafe(48)),
    Key("MASTER_KEYS_FILE", frozenset({WEB, WORKER, COMMAND}), write=master_keys),
    Key("OAUTH_SIGNING_KEYS", frozenset({WEB, WORKER, COMMAND}), write=oauth_keys),
    Key("AUDIT_SIGNING_KEY_FILE", frozenset({WORKER, COMMAND}), write=audit_key),
    Key("RAIL_SIGNING_KEY_FILE", frozenset({WEB, WORKER, COMMAND}), write=rail_key),
    Key("REVIEW_SIGNING_KEY_FILE", frozenset({WORKER, COMMAND}), write=review_key),
)


def keys_for(state: State, process: str) -> dict[str, str]:
    """Return the keys of one kind of process; what settings insist on and it never uses is made up for it."""
    held = {key.variable: key.value(state) for key in KEYS if process in key.holders}
    made_up = {"SECRET_KEY": secrets.token_urlsafe(48)}
    if "MASTER_KEYS_FILE" not in held:
        made_up["MASTER_KEYS"] = _master_key()
    return made_up | held
