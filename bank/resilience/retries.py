"""A budget of retries: however bad it is, at most one call in ten is a second try."""

import threading


class RetryBudget:
    """Every call earns a part of a retry; what is saved up is bounded, so a good day buys no storm."""

    def __init__(self, *, share: float = 0.1, most: float = 10.0) -> None:
        self._share, self._most = share, most
        self._saved = 0.0
        self._lock = threading.Lock()

    def earn(self) -> None:
        """Note a call that is no retry."""
        with self._lock:
            self._saved = min(self._most, self._saved + self._share)

    def spend(self) -> bool:
        """Return whether a retry may be made, and count it."""
        with self._lock:
            if self._saved < 1.0:
                return False
            self._saved -= 1.0
            return True
