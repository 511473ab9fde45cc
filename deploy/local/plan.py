"""What this run will start, on which ports, and which servers it was given instead."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil

from deploy.local.failures import SetupFailed
from deploy.local.ports import is_free, prefer

DEFAULT_PORT = 8443
LAST_PORT = 65000


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The decisions taken before anything starts."""

    port: int
    piggy_port: int
    postgres_port: int
    broker_port: int
    witness_port: int
    mtls_port: int
    rail_port: int
    given: Mapping[str, str]  # URLs of servers somebody else runs

    @property
    def origin(self) -> str:
        """The bank's public origin."""
        return f"https://localhost:{self.port}"

    @property
    def mtls_origin(self) -> str:
        """Where the bank asks for client certificates."""
        return f"https://localhost:{self.mtls_port}"

    @property
    def piggy_origin(self) -> str:
        """The example app's origin."""
        return f"https://localhost:{self.piggy_port}"

    @property
    def own_postgres(self) -> bool:
        """Whether PostgreSQL is started here."""
        return "DATABASE_URL" not in self.given

    @property
    def own_broker(self) -> bool:
        """Whether Valkey is started here (for the broker, the cache, or both)."""
        return not {"BROKER_URL", "CACHE_URL"} <= self.given.keys()


GIVEN = (
    "DATABASE_URL", "OWNER_DATABASE_URL", "SEALER_DATABASE_URL", "READER_DATABASE_URL",
    "BROKER_URL", "CACHE_URL",
)  # fmt: skip


def make_plan(environ: Mapping[str, str]) -> Plan:
    """Decide on ports and servers; raises SetupFailed when a port that must be ours is taken."""
    port = _port(environ.get("PORT") or str(DEFAULT_PORT))
    for needed, who in ((port, "the bank"), (port + 1, "the example app")):
        if not is_free(needed):
            raise SetupFailed(
                f"Port {needed}, needed for {who}, is taken{_by_whom(needed)}.",
                remedy=f"stop that program, or choose another port: PORT={port + 1000} make run",
            )
    return Plan(
        port=port,
        piggy_port=port + 1,
        postgres_port=prefer(port + 2),
        broker_port=prefer(port + 3),
        witness_port=prefer(port + 4),
        mtls_port=prefer(port + 5),
        rail_port=prefer(port + 6),
        given={name: value for name in GIVEN if (value := environ.get(name))},
    )


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or not 1 <= int(text) <= LAST_PORT:
        raise SetupFailed(
            f"PORT={text} is no port.", remedy=f"say a number up to {LAST_PORT}: PORT=9443 make run"
        )
    if int(text) < _lowest_port() and os.geteuid() != 0:
        raise SetupFailed(
            f"Port {text} is for root only.", remedy="choose a port from 1024: PORT=8443 make run"
        )
    return int(text)


def _lowest_port() -> int:
    try:
        return int(Path("/proc/sys/net/ipv4/ip_unprivileged_port_start").read_text())
    except (OSError, ValueError):
        return 1024


def _by_whom(port: int) -> str:
    try:
        connections = psutil.net_connections("tcp")
    except psutil.Error:
        return ""
    for connection in connections:
        if connection.status == psutil.CONN_LISTEN and connection.laddr.port == port and connection.pid:
            return f" by {psutil.Process(connection.pid).name()} (process {connection.pid})"
    return ""
