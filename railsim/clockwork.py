"""What happens by itself: transfers settle, are returned, and news is delivered until somebody takes it."""

import http.client
import logging
import ssl
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from railsim import rail
from railsim.book import Book
from railsim.signatures import Key, Request

LOOK_SECONDS = 0.05
PATIENCE_SECONDS = 5
LONGEST_PAUSE_SECONDS = 30.0
AT_ONCE = 50

logger = logging.getLogger("railsim")


@dataclass(frozen=True, slots=True)
class Member:
    """The bank on this rail: where it takes news, and whose certificate it has."""

    url: str
    ca_file: Path | None = None


class Clockwork:
    """One thread that looks what is due."""

    def __init__(self, book: Book, key: Key, member: Member) -> None:
        self._book, self._key, self._member = book, key, member
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="clockwork", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End after what is being done."""
        self._stop.set()
        self._thread.join(PATIENCE_SECONDS + 1)

    def _run(self) -> None:
        with self._book.watched() as anything_due:
            while not self._stop.wait(LOOK_SECONDS):
                try:
                    if anything_due():
                        self._move()
                        self._deliver()
                except Exception:
                    logger.exception("the clockwork goes on")

    def _move(self) -> None:
        with self._book.alone() as page:
            now = time.time()
            due = page.db.execute(
                "SELECT id FROM transfer WHERE settle_at <= ? ORDER BY settle_at LIMIT ?", [now, AT_ONCE]
            ).fetchall()
            for row in due:
                rail.settle(page, row["id"])
            back = page.db.execute(
                "SELECT id, return_reason FROM transfer WHERE return_at <= ? AND status = 'ACCC'", [now]
            ).fetchall()
            for row in back:
                rail.give_back(page, row["id"], row["return_reason"])

    def _deliver(self) -> None:
        with self._book.alone() as page:
            due = page.db.execute(
                "SELECT id, message, tries FROM callback WHERE delivered_at IS NULL AND due_at <= ?"
                " ORDER BY CASE WHEN newest_first THEN -id ELSE id END LIMIT ?",
                [time.time(), AT_ONCE],
            ).fetchall()
        for row in due:
            if self._stop.is_set():
                return
            self._note(row["id"], row["tries"], self._was_taken(row["message"].encode()))

    def _note(self, callback: int, tries: int, taken: bool) -> None:
        pause = min(LONGEST_PAUSE_SECONDS, 0.2 * 2 ** min(tries, 10))
        change = "delivered_at = ?" if taken else "due_at = ?"
        moment = time.time() if taken else time.time() + pause
        with self._book.alone() as page:
            page.db.execute(
                f"UPDATE callback SET tries = tries + 1, {change} WHERE id = ?",  # noqa: S608 - one of two texts
                [moment, callback],
            )

    def _was_taken(self, body: bytes) -> bool:
        url = urlsplit(self._member.url)
        request = Request("POST", url.netloc.lower(), url.path, url.query, body)
        connection = self._connection(url.scheme, url.hostname or "", url.port)
        try:
            headers = {"Content-Type": "application/json", **self._key.sign_request(request)}
            connection.request("POST", url.path, body, headers)
            answer = connection.getresponse()
            answer.read(64 * 1024)
            return answer.status in (http.client.OK, http.client.NO_CONTENT)
        except (OSError, http.client.HTTPException) as error:
            logger.warning("news was not taken: %s", type(error).__name__)
            return False
        finally:
            connection.close()

    def _connection(self, scheme: str, host: str, port: int | None) -> http.client.HTTPConnection:
        if scheme == "http":
            return http.client.HTTPConnection(host, port, timeout=PATIENCE_SECONDS)
        context = ssl.create_default_context(
            cafile=str(self._member.ca_file) if self._member.ca_file else None
        )
        return http.client.HTTPSConnection(host, port, timeout=PATIENCE_SECONDS, context=context)
