"""The bank's own signing keys: renewed in their file, with an overlap in which old and new ones verify."""

import fcntl
import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction

from audit.actor import Actor
from audit.operations import record
from oauth import signing_keys
from oauth.errors import KeysNotRotatable

TARGET = ("signing_keys", "oauth")


def rotate_signing_keys(path: Path, *, now: datetime, signs_in: int, overlap: int, by: Actor) -> list[str]:
    """Add a new key for each algorithm and return their kids; times in seconds. Raises KeysNotRotatable.

    `signs_in` should be longer than clients keep the key set: then each knows the new key before it signs.
    """
    moment = int(now.timestamp())
    with _alone(path), transaction.atomic():
        present = _read(path)
        if signing_keys.under_way(present, now=moment):
            raise KeysNotRotatable("a new key waits for its time to sign already")
        renewed = signing_keys.renewed(present, now=moment, signs_in=signs_in, overlap=overlap)
        added = _kids(renewed, beside=present)
        record("oauth.keys_rotated", by=by, target=TARGET, changes=_changes(present, renewed))
        _replace(path, renewed)
    return added


def replace_signing_keys(path: Path, *, now: datetime, by: Actor) -> list[str]:
    """Take every key away at once, for somebody else may know them, and return the kids of new ones."""
    with _alone(path), transaction.atomic():
        present, renewed = _read(path), signing_keys.generate()
        record("oauth.keys_replaced", by=by, target=TARGET, changes=_changes(present, renewed))
        _replace(path, renewed)
    return _kids(renewed)


def _changes(present: Mapping[str, Any], renewed: Mapping[str, Any]) -> dict[str, Any]:
    return {"kids": {"from": " ".join(_kids(present)), "to": " ".join(_kids(renewed))}}


def _kids(jwks: Mapping[str, Any], *, beside: Mapping[str, Any] | None = None) -> list[str]:
    known = {key["kid"] for key in beside["keys"]} if beside else set()
    return [key["kid"] for key in jwks["keys"] if key["kid"] not in known]


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Of two rotations at the same moment one waits."""
    try:
        folder = os.open(path.parent, os.O_RDONLY)
    except OSError as error:
        raise KeysNotRotatable(f"{path} cannot be reached: {error.strerror}") from error
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _read(path: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(path.read_text())
        _kids(found)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise KeysNotRotatable(f"{path} holds no private JWK Set that can be read") from error
    return found


def _replace(path: Path, jwks: Mapping[str, Any]) -> None:
    """Put the new file in place of the old one in one step, with its owner and mode: readers see either."""
    try:
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            _write(descriptor, jwks, path.stat())
            os.replace(name, path)
        finally:
            Path(name).unlink(missing_ok=True)
    except OSError as error:
        raise KeysNotRotatable(f"{path} cannot be written: {error.strerror}") from error


def _write(descriptor: int, jwks: Mapping[str, Any], like: os.stat_result) -> None:
    with os.fdopen(descriptor, "w") as file:
        json.dump(jwks, file, indent=2)
        os.fchmod(file.fileno(), like.st_mode & 0o777)
        os.fchown(file.fileno(), like.st_uid, like.st_gid)
        file.flush()
        os.fsync(file.fileno())
