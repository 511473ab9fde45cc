"""Resolve the `.in` files anew and pin every file with its hash: `make lock`."""

import subprocess
import sys

from deploy.local.state import PROJECT

RESOLVE = (
    "-m", "uv", "pip", "compile", "--quiet", "--python-version", "3.11", "--generate-hashes", "--universal",
    "--no-emit-index-url", "--no-emit-find-links", "--custom-compile-command", "make lock",
)  # fmt: skip


def main(arguments: list[str]) -> int:
    """Write requirements.txt, then requirements-dev.txt within its bounds (`--upgrade`: take newer ones)."""
    for name in ("requirements", "requirements-dev"):
        done = subprocess.run(
            [sys.executable, *RESOLVE, *arguments, f"{name}.in", "-o", f"{name}.txt"],
            cwd=PROJECT,
            check=False,
        )
        if done.returncode:
            return done.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
