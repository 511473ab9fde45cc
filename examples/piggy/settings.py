"""What Piggy was told when it registered with the bank: all of it comes from the environment."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

SCOPE = "openid accounts:read balances:read transactions:read payments:create payments:read"
NEWS_PATH = "/bank-news"


@dataclass(frozen=True)
class Settings:
    """Where the bank is, who Piggy is there, and where Piggy itself listens."""

    bank_url: str
    ca_file: str
    client_id: str
    private_jwk: dict[str, Any]
    redirect_uri: str
    state_dir: Path
    port: int
    tls_cert: str
    tls_key: str

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> "Settings":
        """Read the PIGGY_ variables; raises KeyError that names the missing one."""
        return cls(
            bank_url=environ["PIGGY_BANK_URL"].rstrip("/"),
            ca_file=environ["PIGGY_CA_FILE"],
            client_id=environ["PIGGY_CLIENT_ID"],
            private_jwk=json.loads(environ["PIGGY_PRIVATE_JWK"]),
            redirect_uri=environ["PIGGY_REDIRECT_URI"],
            state_dir=Path(environ["PIGGY_STATE_DIR"]),
            port=int(environ["PIGGY_PORT"]),
            tls_cert=environ["PIGGY_TLS_CERT"],
            tls_key=environ["PIGGY_TLS_KEY"],
        )

    @property
    def news_url(self) -> str:
        """Where the bank is to tell Piggy what happened."""
        return f"{self.redirect_uri.removesuffix(self.callback_path)}{NEWS_PATH}"

    @property
    def callback_path(self) -> str:
        """The path of the redirect URI: the page the bank sends the browser back to."""
        return urlsplit(self.redirect_uri).path
