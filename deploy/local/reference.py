"""Write the generated reference and the catalogues of words again: `make reference`."""

import subprocess
import sys
import tempfile
from pathlib import Path

from deploy.local.check import production_environment
from deploy.local.state import PROJECT, State, state_directory

if __name__ == "__main__":
    state_directory().mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=state_directory()) as folder:
        environment = production_environment(State(Path(folder)))
        sys.exit(
            subprocess.call([sys.executable, "manage.py", "write_reference"], cwd=PROJECT, env=environment)
            or subprocess.call([sys.executable, "-m", "deploy.local.catalogue"], cwd=PROJECT, env=environment)
        )
