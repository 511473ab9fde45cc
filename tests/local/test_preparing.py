"""The environment is being made, which takes a minute the first time, and somebody stops it."""

import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.local.banks import until

# The installer's part is played by a program that starts another and waits.
STAGE = """
import sys
from pathlib import Path
from deploy.local import bootstrap
asleep = [sys.executable, "-c", "import time; time.sleep(60)"]
installer = f"import subprocess; subprocess.run({asleep})"
bootstrap.VENV = Path(sys.argv[1])
bootstrap._runs = lambda: True
bootstrap.install = lambda locks: bootstrap._run([sys.executable, "-c", installer])
bootstrap.main(["--", "nothing"])
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_stopped_while_it_installs_leaves_no_process_and_says_nothing(tmp_path: Path, number: int) -> None:
    with subprocess.Popen([sys.executable, "-c", STAGE, str(tmp_path)], stderr=subprocess.PIPE) as launcher:
        below = psutil.Process(launcher.pid).children
        until(lambda: len(below(recursive=True)) == 2, "the installer and what it started run")
        family = below(recursive=True)
        launcher.send_signal(number)
        assert launcher.wait(5) == 128 + number
        assert launcher.stderr
        assert b"Traceback" not in launcher.stderr.read()
    gone, alive = psutil.wait_procs(family, timeout=5)
    assert (len(gone), alive) == (2, [])
