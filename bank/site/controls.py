"""The matrix of controls (docs/compliance/controls.yaml): who asks what, where it is done, what proves it.

`breaks_when` takes the control away; the tests of the control must turn red then (`make controls`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings

FILE = Path("docs/compliance/controls.yaml")
KINDS = ("technical", "process", "shared", "not applicable")


class MatrixInvalid(ValueError):
    """The matrix of controls says something no matrix can."""


@dataclass(frozen=True, slots=True)
class Break:
    """A change of one file that takes a control away: these words, once in it, become others."""

    file: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Control:
    """One demand and its answer. `models` and `routes` are what it guards, for nothing to be left out."""

    id: str
    text: str
    kind: str
    answer: str
    code: tuple[str, ...]
    tests: tuple[str, ...]
    evidence: tuple[str, ...]
    breaks_when: Break | None
    models: tuple[str, ...]
    routes: tuple[str, ...]

    @classmethod
    def read(cls, entry: Mapping[str, Any]) -> "Control":
        """Return the control of an entry; raises MatrixInvalid."""
        lists: dict[str, Any] = {name: tuple(entry.get(name, ())) for name in _LISTS}
        unknown = set(entry) - {"id", "text", "kind", "answer", "breaks_when", *_LISTS}
        if unknown or entry.get("kind") not in KINDS or not all(entry.get(name) for name in _ALWAYS):
            raise MatrixInvalid(f"{entry.get('id', entry)}: {', '.join(map(str, unknown)) or 'not complete'}")
        broken = entry.get("breaks_when")
        said: dict[str, Any] = {name: str(entry[name]) for name in (*_ALWAYS, "kind")}
        control = cls(**said, **lists, breaks_when=Break(**broken) if broken else None)
        if (control.kind == "technical") != bool(control.code and control.tests and broken):
            raise MatrixInvalid(f"{control.id}: technical, and only that, means code, tests and a break")
        return control


_ALWAYS = ("id", "text", "answer")
_LISTS = ("code", "tests", "evidence", "models", "routes")


def read_controls(root: Path | None = None) -> list[Control]:
    """Return the controls in the order of the file; raises MatrixInvalid."""
    entries = yaml.safe_load(((root or Path(settings.BASE_DIR)) / FILE).read_text())
    controls = [Control.read(entry) for entry in entries]
    if len({control.id for control in controls}) != len(controls):
        raise MatrixInvalid("a control is there twice")
    return controls


def rows(controls: Iterable[Control]) -> Iterable[tuple[str, ...]]:
    """Yield the row of each control: id, demand, kind, answer, code, proof."""
    for control in controls:
        proof = [*control.tests, *control.evidence]
        yield (control.id, control.text, control.kind, control.answer, _listed(control.code), _listed(proof))


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names) or "–"
