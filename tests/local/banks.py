"""A bank seen from the operating system: its processes, what it remembers, whether it answers."""

import os
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import psycopg

from tests.support.live import LiveBank

RECOVERY_SECONDS = 60
REMEMBERED = (
    "SELECT count(*) FROM oauth_user",
    "SELECT count(*) FROM accounts_account",
    "SELECT count(*), sum(amount) FROM accounts_entry",
)


class LocalBank(LiveBank):
    """A live bank with a look at its insides."""

    def family(self) -> list[psutil.Process]:
        """The launcher and every process below it."""
        assert self.launcher is not None
        launcher = psutil.Process(self.launcher.pid)
        return [launcher, *launcher.children(recursive=True)]

    def memory(self) -> list[tuple[Any, ...]]:
        """What the database holds of people, accounts and money."""
        with psycopg.connect(self["database_url"]) as connection:
            return [connection.execute(query.encode()).fetchone() or () for query in REMEMBERED]

    def is_ready(self) -> bool:
        """Whether the bank says that every part answers."""
        context = ssl.create_default_context(cafile=str(self.ca_file))
        try:
            with urllib.request.urlopen(f"{self['base_url']}/readyz", timeout=5, context=context) as answer:
                return bool(answer.status == 200)
        except (OSError, urllib.error.URLError, ValueError):
            return False

    def environment_of(self, name: str) -> dict[str, str]:
        """The environment one of the processes was given."""
        text = Path(f"/proc/{self['processes'][name][0]}/environ").read_bytes().decode()
        return dict(part.split("=", 1) for part in text.split("\0") if "=" in part)


def until(holds: Callable[[], bool], what: str, seconds: float = RECOVERY_SECONDS) -> None:
    """Wait until something holds; fail with its name when it does not."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.2)


def still_alive(processes: list[psutil.Process]) -> list[str]:
    """The names of those processes that are not over (a zombie is)."""
    return [describe(one) for one in processes if lives(one)]


def lives(process: psutil.Process) -> bool:
    """Whether the process runs."""
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def describe(process: psutil.Process) -> str:
    """A process in a message."""
    try:
        return f"{process.pid} {' '.join(process.cmdline())[:120]}"
    except psutil.Error:
        return str(process.pid)


def kill(pids: list[int]) -> None:
    """kill -9, those that are there."""
    for pid in pids:
        try:
            os.kill(pid, 9)
        except ProcessLookupError:
            continue
