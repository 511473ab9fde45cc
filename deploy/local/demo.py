"""`demo.json`: what outside tools need to know of the running bank, written whole when it is ready."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psutil

from deploy.local.bank import Bank
from deploy.local.state import PROJECT, State, write_json
from deploy.local.supervisor import Unit

WITH_CHILDREN = frozenset({"web", "mtls", "worker"})
SEEDED = ("users", "staff", "clients", "api_keys")


def seeded(state: State) -> Path:
    """Return the file `manage.py seed_demo` writes its names, passwords and keys to."""
    return state.keys / "demo-data.json"


def read_seeded(state: State) -> dict[str, Any]:
    """Return what the demo data is made of."""
    found: dict[str, Any] = json.loads(seeded(state).read_text())
    return found


def describe(bank: Bank, processes: Mapping[str, list[int]]) -> dict[str, Any]:
    """Return the contents of demo.json."""
    data = read_seeded(bank.state)
    return {
        "base_url": bank.plan.origin,
        "ca_file": _for_outsiders(bank.certificates.ca),
        "issuer": bank.plan.origin,
        "mtls_url": bank.plan.mtls_origin,
        "openapi": f"{bank.plan.origin}/v1/openapi.json",
        "piggy_url": bank.plan.piggy_origin,
        "audit_log_key": (bank.state.keys / "audit-signing-key.pub").read_text().split()[-1],
        "audit_policy_file": _for_outsiders(bank.witness_files.policy),
        "witness_url": bank.witness_files.url,
        "rail_url": bank.rail_files.url,
        "database_url": bank.superuser_database(),
        "app_database_url": bank.database("bank_app"),
        **{name: data.get(name, {}) for name in SEEDED},
        "processes": processes,
    }


def process_ids(units: list[Unit]) -> dict[str, list[int]]:
    """Return the process ids of each unit, the main process first; none while it is being started again."""
    return {unit.name: _family(unit) for unit in units}


def write(bank: Bank, units: list[Unit]) -> None:
    """Write demo.json: it exists exactly while the bank is ready."""
    write_json(bank.state.demo, describe(bank, process_ids(units)))


def _family(unit: Unit) -> list[int]:
    if unit.process is None:
        return []
    try:
        children = psutil.Process(unit.process.pid).children() if unit.name in WITH_CHILDREN else []
    except psutil.Error:
        children = []
    return [unit.process.pid, *(child.pid for child in children)]


def _for_outsiders(path: Path) -> str:
    """Return a path as seen from the project's root, where it lies inside."""
    return os.path.relpath(path, PROJECT) if path.is_relative_to(PROJECT) else str(path)
