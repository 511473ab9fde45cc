"""Somebody uploads a package of our package's name where all the world may; then, somebody changes ours."""

import contextlib
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

from labs.programs import run

LEAVES_NOTHING = True
OURS, THEIRS = "ours", "somebody else's"
LONG_AGO = (2026, 1, 1, 0, 0, 0)  # the same bytes, and so the same digest, whenever it is made


class Door:
    """What installs the bank's dependencies."""

    def __init__(self, file: Path, folder: Path) -> None:
        self._file, self._folder = file, folder

    def install(self, ours: Path, theirs: Path) -> str:
        """Install from our index and from the world's; return whose code would run now, or nothing."""
        with tempfile.TemporaryDirectory(dir=self._folder) as target:
            run(self._file, str(ours), str(theirs), target, folder=self._folder)
            return whose(Path(target))


def whose(target: Path) -> str:
    """Return whose package was installed there, if any was."""
    module = target / "bank_money.py"
    return module.read_text().strip() if module.exists() else ""


@contextlib.contextmanager
def opened(file: Path) -> Iterator[Door]:
    """Prepare a folder to install into."""
    with tempfile.TemporaryDirectory() as folder:
        yield Door(file, Path(folder))


@contextlib.contextmanager
def indexes() -> Iterator[tuple[Path, Path]]:
    """Two folders of wheels, as pip takes them for indexes: ours with our package in it, and the world's."""
    with tempfile.TemporaryDirectory() as folder:
        ours, theirs = Path(folder) / "ours", Path(folder) / "theirs"
        ours.mkdir()
        theirs.mkdir()
        wheel(ours, "1.0", OURS)
        yield ours, theirs


def wheel(index: Path, version: str, author: str, build: str = "") -> None:
    """Write the smallest wheel there is: bank-money, one module that says whose it is."""
    files = {
        "bank_money.py": f"# {author}\n",
        "METADATA": f"Metadata-Version: 2.1\nName: bank-money\nVersion: {version}\n",
        "WHEEL": "Wheel-Version: 1.0\nGenerator: lab\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        "RECORD": "",
    }
    with zipfile.ZipFile(index / f"bank_money-{version}{build}-py3-none-any.whl", "w") as archive:
        for name, text in files.items():
            place = name if name.endswith(".py") else f"bank_money-{version}.dist-info/{name}"
            archive.writestr(zipfile.ZipInfo(place, LONG_AGO), text)


def attack(door: Door) -> list[str]:
    """Return whose code would run."""
    found = []
    with indexes() as (ours, theirs):
        wheel(theirs, "99.0", THEIRS)
        wheel(
            theirs, "1.0", THEIRS, build="-1"
        )  # the same version, built once more: pip takes the later build
        if THEIRS in door.install(ours, theirs):
            found.append("a package of the same name, uploaded by a stranger, was installed")
    with indexes() as (ours, theirs):
        wheel(ours, "1.0", THEIRS)
        if THEIRS in door.install(ours, theirs):
            found.append("our own package was installed, after somebody had changed it in our index")
    return found


def honest(door: Door) -> list[str]:
    """Return whether our package cannot be installed where nobody did anything."""
    with indexes() as (ours, theirs):
        return [] if OURS in door.install(ours, theirs) else ["our own package is not installed"]
