"""Whether the started processes answer."""

import http.client
import ssl
from collections.abc import Callable
from pathlib import Path

from deploy.local.failures import SetupFailed
from deploy.local.processes import last_lines, wait_until
from deploy.local.supervisor import Unit

PATIENCE_SECONDS = 90


def wait_for(unit: Unit, ready: Callable[[], bool]) -> None:
    """Wait until a unit is ready; raises SetupFailed with its log when it ends or takes too long."""
    process = unit.process
    if process is None:
        return
    arrived = wait_until(lambda: process.ended() or ready(), within_seconds=PATIENCE_SECONDS)
    if process.ended() or not arrived:
        log = process.program.log
        raise SetupFailed(
            f"{unit.name} does not start.{last_lines(log)}", remedy=f"read {log}, then run this again"
        )


def answers(port: int, path: str, ca: Path) -> bool:
    """Return whether a GET over verified HTTPS is answered with 200."""
    context = ssl.create_default_context(cafile=str(ca))
    connection = http.client.HTTPSConnection("localhost", port, timeout=5, context=context)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
