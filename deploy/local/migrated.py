"""A cluster with the migrated template, kept between test runs while nothing it was made from has changed.

Migrating costs most of a short run. What is kept is a copy of the stopped cluster and its superuser's
password; the other passwords and all keys are made anew in each run.
"""

import shutil
import subprocess
import tempfile
from pathlib import Path

from deploy.local import stamps
from deploy.local.state import State, state_directory

KEPT = 2
DRAFT = "draft-"
SUPERUSER = "postgres-superuser"


class MigratedCluster:
    """The kept cluster of this code, if there is one."""

    def __init__(self) -> None:
        self._shelf = state_directory() / "test" / "migrated"
        self._place = self._shelf / stamps.database()[:32]

    def restore(self, state: State) -> bool:
        """Put the kept cluster into a state directory that has none; returns whether there was one."""
        if not self._place.exists():
            return False
        shutil.copy2(self._place / SUPERUSER, state.keys / SUPERUSER)
        _copy(self._place / "postgres", state.root / "postgres")
        return True

    def keep(self, state: State) -> None:
        """Keep the stopped cluster of a state directory, and forget those of older code."""
        self._shelf.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(dir=self._shelf, prefix=DRAFT))
        shutil.copy2(state.keys / SUPERUSER, draft / SUPERUSER)
        _copy(state.root / "postgres", draft / "postgres")
        if self._place.exists():  # another run was quicker
            shutil.rmtree(draft)
        else:
            draft.replace(self._place)
        self._forget_old()

    def _forget_old(self) -> None:
        kept = [place for place in self._shelf.iterdir() if not place.name.startswith(DRAFT)]
        for place in sorted(kept, key=lambda place: place.stat().st_mtime)[:-KEPT]:
            shutil.rmtree(place, ignore_errors=True)


def _copy(source: Path, target: Path) -> None:
    # `cp` keeps the owner, shares blocks where the file system can, and is quicker than Python.
    subprocess.run(["cp", "-a", "--reflink=auto", str(source), str(target)], check=True)
