"""Being asked to stop: the first signal ends what is under way, later ones do not hurry the stop."""

import os
import signal

from deploy.local.processes import end_with_parent

ASKS_TO_STOP = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class StopRequested(BaseException):
    """Somebody asked this process to stop."""


def listen() -> None:
    """From now on, a signal that asks to stop raises StopRequested in whatever is under way."""
    for number in ASKS_TO_STOP:
        signal.signal(number, _stop)


def stop_with_parent() -> None:
    """Be asked to stop when the parent (make) dies without a word; raises StopRequested if it has already."""
    end_with_parent(signal.SIGTERM)
    if os.getppid() == 1:
        raise StopRequested


def ignore() -> None:
    """From now on, a signal that asks to stop changes nothing: stopping is under way."""
    for number in ASKS_TO_STOP:
        signal.signal(number, signal.SIG_IGN)


def _stop(*_: object) -> None:
    ignore()
    raise StopRequested
