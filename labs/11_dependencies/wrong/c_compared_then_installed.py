"""The idea: compare the digest of our file first, and install only if it is right.

Still open: what was compared is not what is installed. pip looks
for itself, and finds something it likes better.
"""

import hashlib
import pathlib

REQUIREMENTS = "bank-money>=1.0\n"


def options():
    return []


def indexes(ours, theirs):
    for file in pathlib.Path(ours).glob("*.whl"):
        if hashlib.sha256(file.read_bytes()).hexdigest() != SHA256:
            sys.exit(f"{file.name} is not what its authors made")
    return ["--find-links", ours, "--find-links", theirs]
