"""`python -m examples.tour [--json] [--pause]`: exit status 0 only if every step holds."""

import argparse
import contextlib
import os
import sys
import time
from pathlib import Path

from examples.tour.scene import set_scene
from examples.tour.story import STORY
from examples.tour.telling import as_json, as_line, tell


def main() -> int:
    """Tell the story and return the exit status."""
    wishes = _wishes()
    try:
        scene = set_scene(Path(os.environ.get("BANK_STATE_DIR", "var")))
    except FileNotFoundError as missing:
        print(f"No bank is running: {missing.filename} is missing. Start one: make run", file=sys.stderr)
        return 2
    begin, held = time.monotonic(), 0
    for told in tell(STORY, scene):
        print(as_json(told) if wishes.json else as_line(told), flush=True)
        held += told.ok
        if wishes.pause and told.ok:
            with contextlib.suppress(EOFError):  # nobody is there to press it
                input("     … press Enter")
    if not wishes.json:
        print(f"\n{held} of {len(STORY)} steps held, in {time.monotonic() - begin:.1f} s")
    return 0 if held == len(STORY) else 1


def _wishes() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make tour", description="The whole story, over HTTP.")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("--pause", action="store_true", help="wait for Enter after each step")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
