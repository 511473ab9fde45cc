"""`make faults`: kill parts of a whole bank under load, seeded, and check what must hold; three minutes.

Then the same against a build that is broken on purpose, which must turn red. Writes var/faults.json.

make faults ARGS="--seed 7"            the same kills again
make faults ARGS="--seconds 60"        a longer load
"""

import argparse
import json
import random
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from deploy.local.state import PROJECT, state_directory
from tests.faults import broken, invariants
from tests.faults.kills import Killer
from tests.faults.payers import Payers
from tests.support.live import LiveBank

PATIENCE_SECONDS = 60  # an order whose server was killed is held for half a minute
STOP_SECONDS = 60  # how quickly a bank stops is tested elsewhere (tests/local/test_stopping.py)
NAME = "audit, ledger and rail under kill -9"
FAULTS = (
    "sealer, witness, broker, database (immediate stop), web, beat and rail killed; two sealers; many hints;"
    " a rail that cuts, drops, is late, forgets, repeats itself, returns"
)


def main(arguments: list[str]) -> int:
    """Run both builds; return 0 only when ours kept every promise and the broken one was found out."""
    asked = _read(arguments)
    parent = state_directory() / "faults"
    parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=parent, prefix="run-"))
    folder.chmod(0o755)
    try:
        ours = _run(folder / "state", PROJECT, asked)
        theirs = _run(folder / "state", broken.build(folder / "broken"), asked)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    report = _report(ours, theirs, asked)
    asked.output.write_text(json.dumps([report], indent=2) + "\n")
    print(f"{'passed' if report['passed'] else 'FAILED'}; written to {asked.output}")
    return 0 if report["passed"] else 1


def _run(state: Path, project: Path, asked: argparse.Namespace) -> dict[str, Any]:
    bank = LiveBank(state, project=project, RATE_LIMIT_FACTOR="100000")
    bank.start(sys.executable, "-m", "deploy.local.run", "--stop-with-parent")
    try:
        found = _load_and_kill(bank, project, asked)
    finally:
        bank.stop(within_seconds=STOP_SECONDS)
    _say(f"{found['requests']} requests, kills {found['kills']}, {len(found['violations'])} violations")
    for violation in found["violations"][:10]:
        _say(f"  {violation}")
    return found


def _load_and_kill(bank: LiveBank, project: Path, asked: argparse.Namespace) -> dict[str, Any]:
    before = invariants.payments_so_far(bank)
    payers = Payers(bank.state, bank.ca_file, asked.seed)
    killer = Killer(bank, project, asked.seed)
    _say(
        f"{asked.seconds:.0f} s of load and kills on {'our' if project == PROJECT else 'the broken'} build …"
    )
    payers.start()
    killer.start()
    time.sleep(asked.seconds)
    killer.stop()
    payers.stop()
    found = invariants.not_recovered(bank)
    _say(f"{'not recovered' if found else 'all parts answer again'}; what got no answer is asked again")
    payers.ask_again(patience_seconds=PATIENCE_SECONDS if project == PROJECT else 5)
    found += [] if found else invariants.not_recovered(bank)
    return {
        "kills": dict(killer.kills),
        "requests": payers.said.requests,
        "acknowledged": len(payers.said.acknowledged),
        "violations": found + invariants.violations(bank, payers.said, before, project),
    }


def _report(ours: dict[str, Any], theirs: dict[str, Any], asked: argparse.Namespace) -> dict[str, Any]:
    verdicts = {one.name: one.is_found_out(theirs["violations"]) for one in broken.BREAKS}
    red = all(verdicts.values())
    return {
        "name": NAME,
        "faults": FAULTS,
        "seed": asked.seed,
        **ours,
        "broken_build": {"verdict": "red" if red else "GREEN", "found_out": verdicts, **theirs},
        "passed": red and not ours["violations"] and ours["acknowledged"] > 0,
    }


def _read(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make faults", description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--seed", type=int, default=random.randrange(10**6), help="which kills, in which order"
    )
    parser.add_argument("--seconds", type=float, default=15.0, help="how long load and kills last (15)")
    parser.add_argument("--output", type=Path, default=state_directory() / "faults.json")
    return parser.parse_args(arguments)


_BEGAN = time.monotonic()


def _say(what: str) -> None:
    print(f"[{time.monotonic() - _BEGAN:5.0f} s] {what}", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
