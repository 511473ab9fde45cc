"""What the bank tells Piggy by itself (webhooks): believed only when signed, kept a day, told once."""

import json
import sqlite3
import time
from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path
from threading import Lock
from typing import Any

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

KEPT_SECONDS = 24 * 3600
TOLD_OF = "transaction.booked"
TABLES = (
    "CREATE TABLE IF NOT EXISTS secret (value TEXT PRIMARY KEY)",
    "CREATE TABLE IF NOT EXISTS arrival"
    " (id TEXT PRIMARY KEY, account TEXT, amount TEXT, at TEXT, heard_at REAL)",
)


class NotTheBank(Exception):
    """Nobody but the bank tells Piggy anything."""


class News:
    """Messages of the bank in a file of Piggy's own, and the secrets they are signed with."""

    def __init__(self, state_dir: Path) -> None:
        self.registering = Lock()
        self._path = state_dir / "news.sqlite3"
        self._path.touch(mode=0o600)
        for table in TABLES:
            self._run(table)

    def is_expected(self) -> bool:
        """Say whether the bank was asked to tell."""
        return bool(self._secrets())

    def expect(self, secret: str) -> None:
        """Keep a secret the bank signs with; it says it once."""
        self._run("INSERT OR IGNORE INTO secret VALUES (?)", secret)

    def hear(self, body: bytes, headers: Mapping[str, str]) -> None:
        """Keep a message; the same id again changes nothing. Raises NotTheBank."""
        message = self._verified(body, headers)
        data, now = message.get("data", {}), time.time()
        if message.get("type") == TOLD_OF and data.get("direction") == "CRDT":
            told = (
                headers["webhook-id"],
                data["account"],
                json.dumps(data["amount"]),
                message["timestamp"],
                now,
            )
            self._run("INSERT OR IGNORE INTO arrival VALUES (?, ?, ?, ?, ?)", *told)
        self._run("DELETE FROM arrival WHERE heard_at < ?", now - KEPT_SECONDS)

    def arrivals(self, accounts: Mapping[str, str]) -> list[dict[str, Any]]:
        """Return what arrived on these accounts (id → name), the newest first."""
        rows = self._run("SELECT account, amount, at FROM arrival ORDER BY heard_at DESC")
        return [
            {"name": accounts[account], "amount": json.loads(amount), "at": at}
            for account, amount, at in rows
            if account in accounts
        ]

    def forget(self, accounts: Iterable[str]) -> None:
        """Forget what arrived on these accounts."""
        for account in accounts:
            self._run("DELETE FROM arrival WHERE account = ?", account)

    def _verified(self, body: bytes, headers: Mapping[str, str]) -> dict[str, Any]:
        for secret in self._secrets():
            try:
                return dict(Webhook(secret).verify(body, dict(headers)))
            except (WebhookVerificationError, ValueError):  # the library reads headers it did not write
                continue
        raise NotTheBank

    def _secrets(self) -> list[str]:
        return [secret for (secret,) in self._run("SELECT value FROM secret")]

    def _run(self, statement: str, *values: Any) -> list[Any]:
        with closing(sqlite3.connect(self._path, timeout=5)) as database, database:
            return database.execute(statement, values).fetchall()
