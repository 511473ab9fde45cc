"""Which labs there are, and what lies in each folder."""

import importlib.util
import re
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from labs.changes import changed

HERE = Path(__file__).parent
ROOT = HERE.parent


@dataclass(frozen=True)
class Lab:
    """One folder: a program made in a hurry, the attack on it, fixes that do not hold and one that does."""

    number: int
    folder: Path

    @property
    def title(self) -> str:
        """The name in words."""
        return self.folder.name.partition("_")[2].replace("_", " ")

    @property
    def mine(self) -> Path:
        """The learner's file: made from naive.py when it is first asked for, and never kept in git."""
        return self.folder / "mine.py"

    @property
    def chapter(self) -> Path:
        """The page that goes with it."""
        return next((ROOT / "docs/practices").glob(f"{self.number:02}-*.md"))

    @property
    def wrong_fixes(self) -> list[Path]:
        """Fixes that look right; the attack passes all the same."""
        return sorted((self.folder / "wrong").glob("*.py"))

    def naive(self) -> str:
        """Return the program as it was written in a hurry."""
        return (self.folder / "naive.py").read_text()

    def solved(self, but_for: Path | None = None) -> str:
        """Return the program with the right fix, or with one wrong fix in place of its part of it."""
        fixes = [self.folder / "solution.py", *([but_for] if but_for else [])]
        return changed(self.naive(), *(fix.read_text() for fix in fixes))

    def script(self) -> ModuleType:
        """Load attack.py: `opened` runs a program, `attack` and `honest` say what went wrong."""
        spec = importlib.util.spec_from_file_location(f"lab_{self.number}", self.folder / "attack.py")
        if spec is None or spec.loader is None:
            raise FileNotFoundError(self.folder / "attack.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module


def all_labs() -> list[Lab]:
    """Return the labs in the order of the practices."""
    folders = sorted(path for path in HERE.iterdir() if re.match(r"\d\d_", path.name))
    return [Lab(int(folder.name[:2]), folder) for folder in folders]


def find(number: int) -> Lab | None:
    """Return the lab of a practice, if it has one."""
    return next((lab for lab in all_labs() if lab.number == number), None)
