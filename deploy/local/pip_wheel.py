"""Download pip's own wheel, pinned by hash: for machines whose Python comes without a pip."""

import configparser
import hashlib
import os
import re
import urllib.parse
import urllib.request
from pathlib import Path

NAME = "pip-26.3-py3-none-any.whl"
SHA256 = "f3b60b20ffaadd4415ed7957212a38ac63fa4c5fa375bd0f4a797777940fad13"
CONFIGURATIONS = ("/etc/pip.conf", "~/.pip/pip.conf", "~/.config/pip/pip.conf")


def index() -> str:
    """Return the package index that `PIP_INDEX_URL` or pip's own configuration names; raises LookupError."""
    configured = configparser.ConfigParser()
    configured.read(Path(name).expanduser() for name in CONFIGURATIONS)
    found = os.environ.get("PIP_INDEX_URL") or configured.get("global", "index-url", fallback="")
    if not found:
        raise LookupError("this Python has no pip, and nothing says where packages come from")
    return found


def download(folder: Path) -> Path:
    """Return the wheel from the package index of this machine; raises LookupError, ValueError."""
    page = index().rstrip("/") + "/pip/"
    with urllib.request.urlopen(page, timeout=30) as answer:  # noqa: S310 - an index the user chose
        listing = answer.read().decode()
    found = re.search(rf'href="([^"]*{re.escape(NAME)}[^"]*)"', listing)
    if found is None:
        raise ValueError(f"{page} does not list {NAME}")
    with urllib.request.urlopen(urllib.parse.urljoin(page, found[1]), timeout=60) as answer:  # noqa: S310 - same
        content = answer.read()
    if hashlib.sha256(content).hexdigest() != SHA256:
        raise ValueError(f"{NAME} is not the file it should be")
    wheel = folder / NAME
    wheel.write_bytes(content)
    return wheel
