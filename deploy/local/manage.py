"""One of Django's commands at the running bank, with the owner's database login: `make manage ARGS=…`."""

import json
import os
import sys
from pathlib import Path

from deploy.local.bank import Bank
from deploy.local.state import PROJECT, State, state_directory, write_json
from deploy.local.steps import complain


def main(arguments: list[str]) -> None:
    """Become `manage.py` in the environment of the bank's owner."""
    known = environment_file(State(state_directory()))
    if not known.exists():
        complain("The bank does not run.\n  what to do: make run, and ask again when it is ready")
        sys.exit(1)
    os.chdir(PROJECT)
    os.execve(sys.executable, [sys.executable, "manage.py", *arguments], json.loads(known.read_text()))


def environment_file(state: State) -> Path:
    """Return the file that holds the environment while the bank runs."""
    return state.keys / "owner-environment.json"


def allow(bank: Bank) -> None:
    """Write the environment of the owner's commands, for whoever may read the bank's keys."""
    write_json(environment_file(bank.state), bank.owner_environment())


if __name__ == "__main__":
    main(sys.argv[1:])
