"""The offline verifier over an export, beside copying the same leaves out and only hashing them."""

import hashlib
import json
import subprocess
import sys
import time
from pathlib import Path

import psycopg

from benchmarks.bank import BankUnderLoad, seal_all
from benchmarks.figures import Figure
from benchmarks.measures import sealing
from benchmarks.rounds import Plan, Side, interleave
from deploy.local.state import PROJECT

GOAL = 0.5
BATCHES = 10  # of sealing.EVENTS each
_VERIFIER = PROJECT / "audit" / "verifier" / "verify.py"
_LEAVES = "COPY (SELECT body FROM audit.leaf ORDER BY index) TO STDOUT (FORMAT BINARY)"


def measure(bank: BankUnderLoad, plan: Plan) -> list[Figure]:
    """Return the figure of verifying a log of some hundred thousand events."""
    sealing.prepare(bank)
    for _ in range(BATCHES):
        sealing.fill(bank)
        seal_all(bank.place)
    export, key = bank.place.bank.state.root / "log.export", bank.place.bank.witness_files.log_keys
    sealing.require_read(bank.place.superuser_url())
    _export(bank, export)
    events = _count(bank.place.superuser_url())
    ours = Side("verifier", lambda _: events / _verify(export, key))
    other = Side("COPY and SHA-256", lambda _: events / _copy_and_hash(bank.place.superuser_url()))
    interleave([ours, other], plan, between=bank.place.settle)
    return [
        Figure(
            name="verifying",
            ours=ours.rates,
            other=other.rates,
            against="limit",
            other_is="the same leaves copied out of PostgreSQL and hashed, nothing else",
            how=f"{events:,} events exported to a file; the one-file verifier checks bytes, tree, each signed"
            " head and lives, its start included. Where there are two processors, other processes read ahead"
            " for it; the limit is two as well, PostgreSQL that copies out and Python that hashes.",
            goal=GOAL,
        )
    ]


def _export(bank: BankUnderLoad, file: Path) -> None:
    """Write the export as `verify_audit --export` does, without the ledger: its filling has no events."""
    program = (
        "import sys, django; django.setup()\n"
        "from audit import exports, ledgers\n"
        "ledgers._REGISTERED.clear()\n"
        "open(sys.argv[1], 'wb').writelines(line + b'\\n' for line in exports.lines())\n"
    )
    bank.place.run_python(["-c", program, str(file)], bank.place.bank.environment("command"), log="export")


def _verify(export: Path, key: Path) -> float:
    began = time.perf_counter()
    ran = subprocess.run(
        [sys.executable, str(_VERIFIER), str(export), "--key", str(key)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    taken = time.perf_counter() - began
    if ran.returncode:
        raise RuntimeError(f"the log does not verify: {json.dumps(ran.stdout[-800:])}")
    return taken


def _copy_and_hash(url: str) -> float:
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        began = time.perf_counter()
        with cursor.copy(_LEAVES) as copy:
            copy.set_types(["bytea"])
            for row in copy.rows():
                hashlib.sha256(b"\x00" + row[0]).digest()
        return time.perf_counter() - began


def _count(url: str) -> int:
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT count(*) FROM audit.leaf").fetchone()
        return int(row[0]) if row else 0
