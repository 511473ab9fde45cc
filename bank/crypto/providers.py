"""Where the master keys come from: the environment, a mounted file, or a file that only a token can open.

    MASTER_KEYS=id:base64,…                          the environment: changed by a restart
    MASTER_KEYS_FILE=/run/secrets/master-keys        a file: read again when it changes
    MASTER_KEYS_TOKEN=pkcs11:token=…;object=…?…      besides: the file's keys are wrapped by a key that never
                                                     leaves a PKCS#11 token (RFC 7512 names it)

Another source is a class with the three methods of `Provider`.
"""

import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from bank.crypto.errors import KeyRingInvalid, KeysNotWritable
from bank.crypto.key_ring import KeyRing

_TOKEN_SECONDS = 30


class Provider(Protocol):
    """A source of the master keys."""

    def version(self) -> object:
        """Return, cheaply, what differs when the keys may have changed; raises KeyRingInvalid."""

    def read(self) -> KeyRing:
        """Return the ring; raises KeyRingInvalid."""

    def write(self, ring: KeyRing) -> None:
        """Put another ring in its place, whole or not at all; raises KeysNotWritable."""


@dataclass(frozen=True)
class Given:
    """The text of an environment variable."""

    text: str

    def version(self) -> object:
        return self.text

    def read(self) -> KeyRing:
        return KeyRing.parse(self.text)

    def write(self, ring: KeyRing) -> None:
        raise KeysNotWritable(
            "MASTER_KEYS holds the keys themselves: add the new key there behind the others, restart every "
            "process, put it first, restart them again, then run this command"
        )


@dataclass(frozen=True)
class MountedFile:
    """A file with a key a line."""

    path: Path

    def version(self) -> object:
        try:
            facts = self.path.stat()
        except OSError as error:
            raise KeyRingInvalid(f"MASTER_KEYS_FILE cannot be read: {error.strerror}") from None
        return facts.st_mtime_ns, facts.st_ino, facts.st_size

    def read(self) -> KeyRing:
        return KeyRing.parse(self.text())

    def write(self, ring: KeyRing) -> None:
        self.replace(str(ring))

    def text(self) -> str:
        """Return what the file says; raises KeyRingInvalid."""
        try:
            return self.path.read_text()
        except (OSError, UnicodeDecodeError) as error:
            why = getattr(error, "strerror", None) or "it is no text"
            raise KeyRingInvalid(f"MASTER_KEYS_FILE cannot be read: {why}") from None

    def replace(self, text: str) -> None:
        """Put a new file in place of the old one in one step: readers see either; raises KeysNotWritable."""
        try:
            descriptor, draft = tempfile.mkstemp(dir=self.path.parent, prefix=f".{self.path.name}.")
            try:
                _write(descriptor, text, self.path)
                os.replace(draft, self.path)
            finally:
                Path(draft).unlink(missing_ok=True)
        except OSError as error:
            raise KeysNotWritable(f"{self.path} cannot be written: {error.strerror}") from error


@dataclass(frozen=True)
class WrappedFile:
    """A file whose keys are wrapped by a token's own key.

    A process of its own talks to the token: a PKCS#11 module does not survive a fork, and a vendor's library
    stays out of the processes that face the network.
    """

    file: MountedFile
    token: str

    def version(self) -> object:
        return self.file.version()

    def read(self) -> KeyRing:
        return KeyRing.parse(self._ask("unwrap", self.file.text(), KeyRingInvalid))

    def write(self, ring: KeyRing) -> None:
        self.file.replace(self._ask("wrap", str(ring), KeysNotWritable))

    def _ask(self, what: str, text: str, failure: type[Exception]) -> str:
        command = [sys.executable, "-m", "bank.crypto.hardware", what, self.token]
        try:
            answer = subprocess.run(  # noqa: S603 - our own module, its arguments from the settings
                command, input=text, capture_output=True, text=True, check=False, timeout=_TOKEN_SECONDS
            )
        except subprocess.TimeoutExpired:
            raise failure(f"the token did not {what} the master keys within {_TOKEN_SECONDS} s") from None
        if answer.returncode != 0:
            last = (answer.stderr.strip().splitlines() or ["it says nothing"])[-1]
            raise failure(f"the token does not {what} the master keys: {last}")
        return answer.stdout


def provider_of(*, text: str, file: str, token: str) -> Provider:
    """Return the provider the settings name; the environment's own keys win over a file."""
    if text or not file:
        return Given(text)
    mounted = MountedFile(Path(file))
    return WrappedFile(mounted, token) if token else mounted


def _write(descriptor: int, text: str, like: Path) -> None:
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        if like.exists():
            facts = like.stat()
            os.fchmod(file.fileno(), facts.st_mode & 0o777)
            os.fchown(file.fileno(), facts.st_uid, facts.st_gid)
        file.flush()
        os.fsync(file.fileno())
