"""The ordinary account PostgreSQL runs as: it refuses to run as root."""

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.local.failures import SetupFailed

OWN_ACCOUNT = "harbour-bank"
CANDIDATES = ("postgres", OWN_ACCOUNT)


@dataclass(frozen=True)
class Account:
    """An account on this machine, other than the one the launcher runs as."""

    name: str
    uid: int
    gid: int

    def for_popen(self) -> dict[str, Any]:
        """Return the arguments that make subprocess.Popen drop to this account, with no other group."""
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def can_reach(self, path: Path) -> bool:
        """Return whether this account may read `path`, all its parents considered."""
        probe = ["/bin/sh", "-c", 'test -r "$1" && test -x "$1"', "sh", str(path)]
        return subprocess.run(probe, cwd="/", check=False, **self.for_popen()).returncode == 0


def account_for_postgres() -> Account | None:
    """Return the account to drop to, or None when the launcher is an ordinary user already."""
    if os.geteuid() != 0:
        return None
    found = _existing() or _created() or _named("nobody")
    if found is None or not _may_become(found):
        raise SetupFailed(
            "PostgreSQL does not run as root, and root may not become another account here.",
            remedy="run this as an ordinary user, or point DATABASE_URL (and the other URLs) at a server",
        )
    return found


def _existing() -> Account | None:
    return next((account for name in CANDIDATES if (account := _named(name))), None)


def _created() -> Account | None:
    """Create a system account without a home or a shell; None where that is not possible."""
    command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", OWN_ACCOUNT]
    environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
    try:
        subprocess.run(command, env=environment, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return _named(OWN_ACCOUNT)


def _named(name: str) -> Account | None:
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        return None
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def _may_become(account: Account) -> bool:
    try:
        done = subprocess.run(["/bin/true"], cwd="/", check=False, **account.for_popen())
    except (OSError, subprocess.SubprocessError):
        return False
    return done.returncode == 0
