"""The rail, as the bank uses it: every call through the breaker, the bulkhead and two time limits.

Every message carries an id that is the same however often it is sent, so it may be sent again.
"""

import random
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from http import HTTPStatus
from typing import Any

from django.conf import settings
from redis.exceptions import RedisError

from accounts.money import Money
from bank.observability import metrics
from bank.resilience.breaker import Breaker, BreakerOpen, Reading
from bank.resilience.bulkhead import Bulkhead, BulkheadFull
from bank.resilience.retries import RetryBudget
from payments.errors import RailDown
from payments.rails import messages, wire
from payments.rails.messages import Document, NotUnderstood, Party, Transfer
from payments.rails.wire import Answer, NotSent, RailSilent
from payments.rules.rail_life import News

BREAKER = Breaker("rail")
RETRIES = RetryBudget()
LONGEST_RETRY_PAUSE_SECONDS = 0.2

NOT_CALLED = (BreakerOpen, BulkheadFull)  # nothing was sent: try later


@dataclass(frozen=True, slots=True)
class NameMatch:
    """Whether a name fits an account: MATC, CMTC with the right name, NMTC."""

    code: str
    right_name: str = ""


@dataclass(frozen=True, slots=True)
class Calendar:
    """Which day it is at the rail, and days on which it settled something, in order."""

    today: date
    booked: list[date]


@dataclass(frozen=True, slots=True)
class BookEntry:
    """One line of the rail's book: whose it is, which way, how much, and the message that told of it."""

    id: str
    return_id: str
    direction: str
    amount: Money
    message: Document


def is_connected() -> bool:
    """Return whether this bank has a rail at all."""
    return bool(settings.RAIL_URL)


def require_open() -> None:
    """Raise RailDown while the breaker lets nobody through: what cannot be sent is not taken."""
    reading = BREAKER.reading()
    if reading.state == "open":
        raise RailDown(retry_after_seconds=max(1, round(reading.seconds_left)))


def end_wait() -> None:
    """Let the next call through though the breaker is open: for somebody who asks now."""
    with suppress(RedisError):  # then nobody counts, and calls go through anyway
        BREAKER.end_wait()


def reading() -> Reading:
    """Return what the breaker shows."""
    return BREAKER.reading()


def send(transfer: Transfer) -> News:
    """Send a credit transfer; the same id again changes nothing. Raises RailSilent, NOT_CALLED."""
    answer = _call("pacs.008", messages.credit_transfer(transfer))
    return _report_of(answer).news


def ask(payment_id: str) -> News | None:
    """Ask what became of a payment; None when the rail knows of none (yet). Raises RailSilent, NOT_CALLED."""
    answer = _call("pacs.028", messages.status_request(payment_id))
    return None if answer.status == 404 else _report_of(answer).news


def cancel(payment_id: str) -> News:
    """Ask to cancel a payment; returns CANC, or the status that stands. Raises RailSilent, NOT_CALLED."""
    answer = _call("camt.056", messages.cancellation(payment_id))
    news: News = _understood(messages.read_cancellation, answer.document)
    return news


def give_back(return_id: str, rail_id: str, amount: Money, reason: str) -> date | None:
    """Return a payment that came in, once however often it is said, and tell on which day.

    Raises RailSilent, NOT_CALLED.
    """
    answer = _call("pacs.004", messages.payment_return(return_id, rail_id, amount, reason))
    if answer.status != 200:
        raise wire.NoAnswer(f"the return was not taken: {answer.status}")
    return _report_of(answer).news.settled_on


def check_name(party: Party) -> NameMatch:
    """Ask whether a name fits an account. Raises RailSilent, NOT_CALLED."""
    report = _call("acmt.023", messages.name_check(party)).document
    told = report["IdVrfctnRpt"]["Rpt"]
    return NameMatch(told["Rsn"], told.get("UpdtdPtyAndAcctId", {}).get("Nm", ""))


def calendar(since: date) -> Calendar:
    """Ask which day it is at the rail, and which are booked since one. Raises RailSilent, NOT_CALLED."""
    told = _report_in(_call("camt.060", messages.book_request(since)))
    return Calendar(date.fromisoformat(told["Dt"]), [date.fromisoformat(day) for day in told["BookgDts"]])


def book(day: date) -> Iterator[BookEntry]:
    """Return what the rail has settled on a day, page by page. Raises RailSilent, NOT_CALLED."""
    after, last = 0, False
    while not last:
        answer = _guarded("camt.052", lambda at=after: wire.exchange("GET", f"/book?on={day}&after={at}"))
        told = _report_in(answer)
        for entry in told["Ntry"]:
            after = entry["NtryRef"]
            amount = Money.parse(entry["Amt"]["Amt"], entry["Amt"]["Ccy"])
            yield BookEntry(entry["TxId"], entry["RtrId"], entry["CdtDbtInd"], amount, entry["Msg"])
        last = told["LastPgInd"]


def _call(kind: str, document: Document) -> Answer:
    return _guarded(kind, lambda: wire.exchange("POST", "/messages", document))


def _guarded(kind: str, exchange: Any) -> Answer:
    """Make one call, and a second at most where nothing has reached the rail and the budget has one left."""
    RETRIES.earn()
    with _bulkhead(kind).place():
        try:
            return _once(kind, exchange)
        except NotSent:
            if not RETRIES.spend():
                raise
            metrics.RAIL_RETRIES.inc()
            time.sleep(random.uniform(0.0, LONGEST_RETRY_PAUSE_SECONDS))  # noqa: S311 - jitter
            return _once(kind, exchange)


def _once(kind: str, exchange: Any) -> Answer:
    outcome = "answered"
    try:
        with BREAKER.guarding(RailSilent):
            answer: Answer = exchange()
            return answer
    except BreakerOpen:
        outcome = "not_called"
        raise
    except RailSilent as silent:
        outcome = "not_sent" if isinstance(silent, NotSent) else "no_answer"
        raise
    finally:
        metrics.RAIL_CALLS.labels(kind, outcome).inc()


@lru_cache(maxsize=16)
def _bulkhead(kind: str) -> Bulkhead:
    """Name checks, which people wait for, and the book have places of their own."""
    longest = 2 * (settings.RAIL_CONNECT_SECONDS + settings.RAIL_READ_SECONDS) + 1
    name = {"acmt.023": "rail-names", "camt.052": "rail-book", "camt.060": "rail-book"}.get(kind, "rail")
    return Bulkhead(name, settings.RAIL_CALLS_AT_ONCE, longest)


def _report_of(answer: Answer) -> messages.Report:
    said = _understood(messages.read, answer.document)
    if not isinstance(said, messages.Report):
        raise wire.NoAnswer("no pacs.002")
    return said


def _report_in(answer: Answer) -> Document:
    """Return a camt.052; raises RailSilent for anything else: a rail may not know the question."""
    told = answer.document.get("BkToCstmrAcctRpt")
    if answer.status != HTTPStatus.OK or not isinstance(told, dict):
        raise wire.NoAnswer(f"no camt.052: {answer.status}")
    return told


def _understood(read: Any, document: Document) -> Any:
    try:
        return read(document)
    except NotUnderstood as error:
        raise wire.NoAnswer(str(error)) from error
