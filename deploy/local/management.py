"""Runs Django's commands while the bank is set up."""

import subprocess
import sys
from pathlib import Path

from deploy.local.failures import SetupFailed
from deploy.local.processes import end_with_parent, last_lines
from deploy.local.state import PROJECT


class Command:
    """A `manage.py` command under way; its words go to a log."""

    def __init__(self, name: str, *arguments: str, env: dict[str, str], log: Path) -> None:
        self.name = name
        self.log = log
        with log.open("wb") as output:
            self.popen = subprocess.Popen(
                [sys.executable, "manage.py", name, "--skip-checks", *arguments],
                cwd=PROJECT, env=env, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                start_new_session=True, preexec_fn=end_with_parent,
            )  # fmt: skip

    def finish(self, remedy: str) -> None:
        """Wait for the end; raises SetupFailed with the command's last words when it went wrong."""
        try:
            status = self.popen.wait()
        except BaseException:
            self.popen.kill()
            self.popen.wait()
            raise
        if status != 0:
            raise SetupFailed(f"manage.py {self.name} failed.{last_lines(self.log, 25)}", remedy=remedy)
