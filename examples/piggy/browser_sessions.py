"""Who is who among the browsers: the cookie holds a random name, everything else stays in a file here."""

import hashlib
import json
import secrets
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any

from flask import Flask, Request, Response
from flask.sessions import SessionInterface, SessionMixin
from werkzeug.datastructures import CallbackDict

LIFETIME_SECONDS = 7 * 24 * 3600
COOKIE = "__Host-piggy"


class BrowserSession(CallbackDict[str, Any], SessionMixin):
    """What Piggy remembers for one browser."""

    def __init__(self, name: str, remembered: dict[str, Any]) -> None:
        super().__init__(remembered, BrowserSession._changed)
        self.name = name
        self.old_name = ""
        self.modified = False

    def _changed(self) -> None:
        self.modified = True

    def start_anew(self) -> None:
        """Forget everything, the name included: whoever knew the old cookie does not come along."""
        self.clear()
        self.old_name, self.name = self.name, secrets.token_urlsafe(32)


class BrowserSessions(SessionInterface):
    """Keeps sessions in SQLite so that a restart of Piggy disconnects nobody; cookies are stored hashed."""

    def __init__(self, state_dir: Path) -> None:
        state_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._path = state_dir / "sessions.sqlite3"
        self._path.touch(mode=0o600)
        self._run("CREATE TABLE IF NOT EXISTS session (name TEXT PRIMARY KEY, data TEXT, expires_at REAL)")

    def open_session(self, app: Flask, request: Request) -> BrowserSession:
        """Return what is remembered for the request's cookie; a new browser gets a new name."""
        name = request.cookies.get(COOKIE, "")
        rows = self._run(
            "SELECT data FROM session WHERE name = ? AND expires_at > ?", _hashed(name), time.time()
        )
        if not rows:
            return BrowserSession(secrets.token_urlsafe(32), {})
        return BrowserSession(name, json.loads(rows[0][0]))

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Write the session when it was changed."""
        if not isinstance(session, BrowserSession) or not session.modified:
            return
        now = time.time()
        self._run("DELETE FROM session WHERE name = ? OR expires_at <= ?", _hashed(session.old_name), now)
        self._run(
            "INSERT OR REPLACE INTO session VALUES (?, ?, ?)",
            *(_hashed(session.name), json.dumps(dict(session)), now + LIFETIME_SECONDS),
        )
        response.set_cookie(
            COOKIE, session.name, LIFETIME_SECONDS, secure=True, httponly=True, samesite="Lax", path="/"
        )

    def _run(self, statement: str, *values: Any) -> list[Any]:
        with closing(sqlite3.connect(self._path, timeout=5)) as database, database:
            return database.execute(statement, values).fetchall()


def _hashed(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()
