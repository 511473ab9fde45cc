"""gunicorn's own log in the form of the bank's: what happened, and nothing of who asked or what they sent."""

from typing import Any

from gunicorn.config import Config
from gunicorn.glogging import Logger

from bank.observability.logs import JsonFormatter


class SparingLogger(Logger):  # type: ignore[misc]
    """Writes gunicorn's messages without their arguments: among these are addresses, URIs and headers."""

    def setup(self, cfg: Config) -> None:
        """Write what gunicorn says in the form of the bank's log."""
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.setFormatter(JsonFormatter())

    def warning(self, msg: str, *args: Any, **kwargs: Any) -> None:
        """Log a warning; a refused request's has its address and bytes written into it already."""
        super().warning(msg.partition(" from ip=")[0], *args, **kwargs)
