"""Forget all local data: `make reset`. Refuses while the bank runs."""

import shutil
import sys

from deploy.local.failures import SetupFailed
from deploy.local.state import State, state_directory
from deploy.local.steps import complain, say


def main() -> int:
    """Remove the state directory's contents; return 1 while a bank runs in it."""
    state = State(state_directory())
    if not state.root.exists():
        say(f"{state.root}: nothing to forget")
        return 0
    try:
        state.lock()
    except SetupFailed as failure:
        complain(str(failure))
        return 1
    for entry in state.root.iterdir():
        if entry != state.root / "lock":
            shutil.rmtree(entry) if entry.is_dir() and not entry.is_symlink() else entry.unlink()
    say(f"{state.root}: all local data is forgotten, the certificate authority too")
    return 0


if __name__ == "__main__":
    sys.exit(main())
