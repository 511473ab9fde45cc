"""A Celery worker in a process of its own, on this pytest process's database and broker."""

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from deploy.local.processes import end_with_parent
from deploy.local.state import PROJECT

READY_SECONDS = 60


@contextlib.contextmanager
def celery_worker(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Start a worker, wait until it takes tasks, stop it afterwards; its words are in `folder/worker.log`."""
    ready = folder / "worker.ready"
    ready.unlink(missing_ok=True)
    with (folder / "worker.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "celery", "-A", "bank", "worker", "--concurrency=1", "--without-gossip"],
            cwd=PROJECT, env={**os.environ, "READY_FILE": str(ready), "BANK_PROCESS": "worker"},
            stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True,
            preexec_fn=end_with_parent,
        )  # fmt: skip
    try:
        _wait(process, ready, folder / "worker.log")
        yield process
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(10)
        process.kill()
        process.wait()


def _wait(process: subprocess.Popen[bytes], ready: Path, log: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while not ready.exists():
        if process.poll() is not None or time.monotonic() > deadline:
            raise AssertionError(f"the worker did not start:\n{log.read_text()[-4000:]}")
        time.sleep(0.1)
