"""Installs what the bank runs on: `naive.py OURS THEIRS TARGET`. To THEIRS all the world may upload."""

import subprocess
import sys

# Told us by its authors, by telephone. Nobody has compared it yet.
SHA256 = "90b37069427b60742852eeb12f522410a445acecc545a51d53fb286c680282ca"
REQUIREMENTS = "bank-money>=1.0\n"


def indexes(ours, theirs):
    """Return where packages may come from: pip takes the newest of all."""
    return ["--find-links", ours, "--find-links", theirs]


def options():
    """Return what else pip is told."""
    return []


def install(ours, theirs, target):
    """Install the requirements into a folder; returns pip's exit status."""
    with open("requirements.txt", "w") as file:
        file.write(REQUIREMENTS)
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--isolated", "--disable-pip-version-check"]
    where = ["--no-index", *indexes(ours, theirs), "--target", target, "--no-compile", "--no-deps"]
    return subprocess.run([*pip, *where, *options(), "-r", "requirements.txt"]).returncode


if __name__ == "__main__":
    sys.exit(install(*sys.argv[1:]))
