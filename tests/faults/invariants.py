"""What must hold after any fault, read from the client's own history and from the database."""

import ssl
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg

from bank.public_ids import encode
from tests.faults.payers import Said
from tests.payments.rails.books import books_differ
from tests.support.live import LiveBank

RECOVERY_SECONDS = 60
_UNSETTLED = {
    "events are not sealed": "SELECT count(*) FROM audit.outbox",
    "leaves are not witnessed": """
        SELECT coalesce((SELECT max(size) FROM audit.checkpoint), 0)
             - coalesce((SELECT max(size) FROM audit.witnessed), 0)
    """,
    "payments have not left": "SELECT count(*) FROM payments_railtransfer WHERE state = 'QUEUED'",
    "payments are unknown": "SELECT count(*) FROM payments_railtransfer WHERE state = 'UNKNOWN'",
}
_LEAVES_OFF = """
    SELECT count(*) FROM accounts_posting p
     WHERE (SELECT count(*) FROM audit.leaf l WHERE l.event_id = p.audit_event_id) <> 1
"""
_MONEY = """
    SELECT currency, sum(CASE direction WHEN 'CRDT' THEN amount ELSE -amount END) AS total FROM accounts_entry
     GROUP BY currency HAVING sum(CASE direction WHEN 'CRDT' THEN amount ELSE -amount END) <> 0
"""
_PAID = "SELECT id, status FROM payments_payment WHERE reference = 'fault run' AND kind <> 'return'"
_OF_EVENT = "SELECT event_id::text FROM audit.leaf WHERE event_id = ANY (%s::uuid[])"
_INDEXES = "SELECT count(*), coalesce(max(index) + 1, 0) FROM audit.leaf"


def not_recovered(bank: LiveBank) -> list[str]:
    """Wait until the bank is well again by itself, and return what is not when the time is over, in words."""
    deadline = time.monotonic() + RECOVERY_SECONDS
    while (found := _ill(bank)) and time.monotonic() < deadline:
        time.sleep(0.3)
    return [f"not recovered by itself within {RECOVERY_SECONDS} s: {words}" for words in found]


def violations(bank: LiveBank, said: Said, before: set[str], project: Path) -> list[str]:
    """Return every promise that was broken, in words."""
    found = [f"{len(said.unanswered)} requests got no answer to the end"] if said.unanswered else []
    with psycopg.connect(bank["database_url"], autocommit=True) as connection:
        checks: list[Callable[[psycopg.Connection, Said, set[str]], Iterator[str]]] = [
            _money,
            _payments,
            _leaves,
        ]
        for check in checks:
            found += check(connection, said, before)
    found += reconciled(bank, project)
    code, words = verify_audit(bank, project)
    return found if code == 0 else [*found, f"verify_audit exits with {code}: {words}"]


def reconciled(bank: LiveBank, project: Path) -> list[str]:
    """Compare books with the rail by the bank's own command, then count both from outside."""
    code, words = _manage(bank, project, "reconcile_rail")
    found = books_differ(bank.state / "rail" / "book.sqlite", bank["database_url"])
    return found if code == 0 else [*found, f"reconcile_rail exits with {code}: {words}"]


def payments_so_far(bank: LiveBank) -> set[str]:
    """Return the payments of runs before this one."""
    with psycopg.connect(bank["database_url"]) as connection:
        return {encode("pay", row[0]) for row in connection.execute(_PAID)}


def verify_audit(bank: LiveBank, project: Path) -> tuple[int, str]:
    """Check the whole log with the bank's own command, as the running worker may."""
    return _manage(bank, project, "verify_audit")


def _manage(bank: LiveBank, project: Path, command: str) -> tuple[int, str]:
    text = Path(f"/proc/{bank['processes']['worker'][0]}/environ").read_bytes().decode()
    environment = dict(part.split("=", 1) for part in text.split("\0") if "=" in part)
    environment["READER_DATABASE_URL"] = bank["database_url"]
    ran = subprocess.run(
        [sys.executable, "manage.py", command, "--skip-checks"],
        cwd=project, env=environment, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    return ran.returncode, (ran.stdout + ran.stderr)[-600:]


def _money(connection: psycopg.Connection, said: Said, before: set[str]) -> Iterator[str]:
    """Money is neither made nor lost."""
    for currency, total in connection.execute(_MONEY):
        yield f"the entries in {currency} sum to {total}, not to nothing"


def _payments(connection: psycopg.Connection, said: Said, before: set[str]) -> Iterator[str]:
    """Every acknowledged payment exists once, and none that nobody acknowledged."""
    made = {encode("pay", row[0]): row[1] for row in connection.execute(_PAID)}
    made = {payment: status for payment, status in made.items() if payment not in before}
    told = [payment for payment, _ in said.acknowledged.values()]
    yield from (
        f"payment {payment} was acknowledged twice" for payment in set(told) if told.count(payment) > 1
    )
    yield from (f"payment {payment} was acknowledged and is gone" for payment in set(told) - set(made))
    completed = {payment for payment, status in made.items() if status == "ACCC"}
    if not said.unanswered:
        yield from (f"payment {payment} was made and never acknowledged" for payment in completed - set(told))


def _leaves(connection: psycopg.Connection, said: Said, before: set[str]) -> Iterator[str]:
    """Every committed change has exactly one leaf, and the leaves have no gap."""
    off = _number(connection, _LEAVES_OFF)
    if off:
        yield f"{off} postings do not have exactly one leaf"
    events = [event for _, event in said.acknowledged.values()]
    sealed = [row[0] for row in connection.execute(_OF_EVENT, [events])]
    yield from (f"the acknowledged event {event} is in no leaf" for event in set(events) - set(sealed))
    count, end = connection.execute(_INDEXES).fetchone() or (0, 0)
    if count != end:
        yield f"{count} leaves stand on {end} places"


def _ill(bank: LiveBank) -> list[str]:
    if not _answers(bank):
        return ["the bank does not answer"]
    return _unsettled(bank["database_url"])


def _answers(bank: LiveBank) -> bool:
    context = ssl.create_default_context(cafile=str(bank.ca_file))
    try:
        with urllib.request.urlopen(f"{bank['base_url']}/readyz", timeout=5, context=context) as answer:
            return bool(answer.status == 200)
    except (OSError, ValueError):
        return False


def _unsettled(url: str) -> list[str]:
    try:
        with psycopg.connect(url, connect_timeout=3) as connection:
            counts = {words: _number(connection, query) for words, query in _UNSETTLED.items()}
    except psycopg.Error:
        return ["the database does not answer"]
    return [f"{count} {words}" for words, count in counts.items() if count]


def _number(connection: psycopg.Connection, query: str) -> int:
    row = connection.execute(query.encode()).fetchone()
    return int(row[0]) if row else 0
