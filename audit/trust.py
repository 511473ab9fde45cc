"""Whom to believe about the log: a C2SP tlog-policy. The log's keys, its witnesses, and how many must agree.

log harbour.bank/audit+…
witness w1 witness.harbour.bank/w1+… http://127.0.0.1:8447
quorum w1

A key that was replaced stays listed, for the heads of its time; the log's own leaves say when that ended.
"""

import functools
import os
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path

from audit.notes import COSIGNATURE, ED25519, Head, Note, NoteInvalid, VerifierKey

_FORBIDDEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_THRESHOLD = re.compile(r"[1-9][0-9]{0,3}", re.ASCII)
NONE = "none"


class PolicyInvalid(ValueError):
    """The policy file says something no policy can."""


@dataclass(frozen=True, slots=True)
class Witness:
    """A witness: its key, and where it takes checkpoints (empty: it is only checked, not asked)."""

    name: str
    key: VerifierKey
    url: str = ""


@dataclass(slots=True)
class Policy:
    """Whose signatures make a head one to believe."""

    logs: list[VerifierKey] = field(default_factory=list)
    witnesses: dict[str, Witness] = field(default_factory=dict)
    groups: dict[str, tuple[int, tuple[str, ...]]] = field(default_factory=dict)
    quorum: str = ""

    @classmethod
    def parse(cls, text: str) -> "Policy":
        """Read a policy (c2sp.org/tlog-policy); raises PolicyInvalid."""
        if _FORBIDDEN.search(text):
            raise PolicyInvalid("a policy holds no control characters")
        policy = cls()
        for number, line in enumerate(text.split("\n"), 1):
            words = re.split(r"[ \t]+", line.strip(" \t"))
            if words[0] and not words[0].startswith("#"):
                policy._take(number, words)
        if not policy.quorum:
            raise PolicyInvalid("a policy has one quorum line")
        return policy

    def signed(self, note: str) -> Head:
        """Return what a note says once a key of the log is found to have signed it; raises NoteInvalid."""
        taken = Note.parse(note)
        head = Head.parse(taken.text)
        ours = [key for key in self.logs if key.name == head.origin]
        signed = [taken.is_signed_by(key) for key in ours]  # each: a wrong signature is never passed by
        if not any(signed):
            raise NoteInvalid("the note is not signed by a key of the log it names")
        return head

    def is_witnessed(self, note: str) -> bool:
        """Return whether the witnesses this policy asks for have cosigned; raises NoteInvalid."""
        taken = Note.parse(note)
        agreed = {name for name, witness in self.witnesses.items() if taken.is_signed_by(witness.key)}
        return self._holds(self.quorum, agreed)

    def _holds(self, name: str, agreed: Collection[str]) -> bool:
        if name == NONE or name in self.witnesses:
            return name == NONE or name in agreed
        threshold, members = self.groups[name]
        return sum(self._holds(member, agreed) for member in members) >= threshold

    def _take(self, number: int, words: list[str]) -> None:
        take: dict[str, Callable[..., None]] = {
            "log": self._log,
            "witness": self._witness,
            "group": self._group,
            "quorum": self._set_quorum,
        }
        try:
            take[words[0]](*words[1:])
        except (KeyError, TypeError, NoteInvalid, PolicyInvalid) as error:
            raise PolicyInvalid(f"line {number} of the policy: {error}") from None

    def _log(self, vkey: str, url: str = "") -> None:
        self.logs.append(self._new_key(vkey, ED25519))

    def _witness(self, name: str, vkey: str, url: str = "") -> None:
        self.witnesses[self._new_name(name)] = Witness(name, self._new_key(vkey, COSIGNATURE), url)

    def _group(self, name: str, needed: str, *members: str) -> None:
        if not members or len(set(members)) != len(members) or not all(map(self._is_known, members)):
            raise PolicyInvalid("a group names members defined before it, each once")
        threshold = {"any": "1", "all": str(len(members))}.get(needed, needed)
        if not _THRESHOLD.fullmatch(threshold) or int(threshold) > len(members):
            raise PolicyInvalid("a group needs from one to all of its members")
        self.groups[self._new_name(name)] = (int(threshold), members)

    def _set_quorum(self, name: str) -> None:
        if self.quorum or not (name == NONE or self._is_known(name)):
            raise PolicyInvalid("one quorum, of a name defined before it")
        self.quorum = name

    def _is_known(self, name: str) -> bool:
        return name in self.witnesses or name in self.groups

    def _new_name(self, name: str) -> str:
        if name == NONE or self._is_known(name):
            raise PolicyInvalid(f"{name} is defined already")
        return name

    def _new_key(self, vkey: str, wanted: int) -> VerifierKey:
        key = VerifierKey.parse(vkey)
        known = {other.public for other in self.logs} | {w.key.public for w in self.witnesses.values()}
        if key.type != wanted or key.public in known:
            raise PolicyInvalid("a key of the wrong type, or one listed twice")
        return key


def text_of(logs: Collection[VerifierKey], witnesses: Collection[Witness]) -> str:
    """Return a policy's text: these log keys, and every one of these witnesses must have cosigned."""
    lines = [f"log {key}" for key in logs]
    lines += [f"witness {witness.name} {witness.key} {witness.url}".rstrip() for witness in witnesses]
    names = [witness.name for witness in witnesses]
    if len(names) > 1:
        lines.append(f"group all-witnesses all {' '.join(names)}")
    quorum = names[0] if len(names) == 1 else "all-witnesses" if names else NONE
    return "\n".join([*lines, f"quorum {quorum}", ""])


def policy() -> Policy:
    """Return the bank's own policy: of AUDIT_POLICY_FILE, or of its own public key and no witness."""
    return Policy.parse(policy_text())


def policy_text() -> str:
    """Return the text of the bank's own policy; raises FileNotFoundError when the named file is gone."""
    from django.conf import settings

    if settings.AUDIT_POLICY_FILE:
        return Path(settings.AUDIT_POLICY_FILE).read_text()
    own = Path(f"{settings.AUDIT_SIGNING_KEY_FILE or 'none'}.pub")
    return _own_policy(own, os.stat(own).st_mtime_ns)


@functools.lru_cache(maxsize=4)
def _own_policy(public: Path, _changed: int) -> str:
    return text_of([VerifierKey.parse(line) for line in public.read_text().split()], [])
