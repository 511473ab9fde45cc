"""What a person reads when the bank is ready: where, who, with which password, and what next."""

import os
from collections.abc import Mapping
from typing import Any

from deploy.local.state import PROJECT

PAGES = (
    ("home", "/"),
    ("API description", "/docs/"),
    ("explorer", "/explorer/"),
    ("developers", "/developers/"),
    ("admin", "/admin/"),
)


def announcement(demo: Mapping[str, Any], seconds: float) -> str:
    """Return the words for a ready bank."""
    base = demo["base_url"]
    lines = ["", f"Harbour Bank is open ({seconds:.1f} s).", ""]
    lines += [f"  {name:<16} {base}{path}" for name, path in PAGES]
    lines += [f"  {'Mutual TLS':<16} {demo['mtls_url']}/oauth/token, /v1/"]
    lines += [f"  {'Piggy (example)':<16} {demo['piggy_url']}/", ""]
    lines += [f"  Certificate authority of this bank: {demo['ca_file']}", ""]
    lines += _people("Customers", demo["users"]) + _people("Staff", demo["staff"])
    lines += [
        "  A one-time code: make code USER=alice",
        "",
        f"  next: {_prefix()}make tour   (Ctrl-C stops the bank)",
        "",
    ]
    return "\n".join(lines)


def _people(title: str, people: Mapping[str, Any]) -> list[str]:
    rows = [
        f"    {who.get('username', name):<16} {who.get('password') or '-'}" for name, who in people.items()
    ]
    return [f"  {title} and their passwords:", *rows, ""]


def _prefix() -> str:
    """Repeat a state directory of one's own, so that the next command finds this bank."""
    own = os.environ.get("BANK_STATE_DIR")
    return f"BANK_STATE_DIR={own} " if own and own != str(PROJECT / "var") else ""
