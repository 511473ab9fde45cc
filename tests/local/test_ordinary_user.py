"""The two commands from a copy of the project that belongs to an ordinary user, started by root's hand."""

import os
import pwd
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from deploy.local.account import Account
from deploy.local.state import PROJECT
from tests.local.banks import LocalBank, still_alive, until
from tests.support import plugin

NOBODY = pwd.getpwnam("nobody")
SAME_PYTHON = f"python{sys.version_info[0]}.{sys.version_info[1]}"

pytestmark = [
    pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to become somebody else"),
    pytest.mark.slow,
    pytest.mark.xdist_group("local"),
]


class TestAnOrdinaryUser:
    def test_opens_and_closes_the_bank_from_a_folder_of_their_own(self) -> None:
        python = a_python_for_nobody()
        project = Path(plugin.services()["state"]) / "ordinary" / "a copy"  # with a space in its name
        copy_of_the_project(project)
        environment_from(python, project)
        hand_over(project)
        bank = OrdinaryBank(project)

        bank.start()
        try:
            until(bank.is_ready, "the bank answers")
            family = bank.family()
            assert {process.uids().real for process in family} == {NOBODY.pw_uid}
        finally:
            bank.stop()

        assert still_alive(family) == []
        assert "the bank is closed" in bank.words()


class OrdinaryBank(LocalBank):
    """A bank of nobody's, opened by `make run` with an empty environment."""

    def __init__(self, project: Path) -> None:
        super().__init__(project / "var")
        self.project = project
        self.output = project.parent / "words"

    def launch(self, *command: str) -> "subprocess.Popen[bytes]":
        """Run make as nobody, with no group of root's and none of root's variables."""
        with self.output.open("wb") as output:
            self.launcher = subprocess.Popen(
                ["/usr/bin/env", "-i", f"PORT={self.port}", "/usr/bin/make", "run"],
                cwd=self.project,
                stdout=output,
                stderr=output,
                stdin=subprocess.DEVNULL,
                user=NOBODY.pw_uid,
                group=NOBODY.pw_gid,
                extra_groups=[],
            )
        return self.launcher


def a_python_for_nobody() -> Path:
    """Return a Python of this version that nobody may run."""
    account = Account("nobody", NOBODY.pw_uid, NOBODY.pw_gid)
    for path in (Path(sys.executable).resolve(), Path("/usr/bin") / SAME_PYTHON):
        if path.exists() and account.can_reach(path):
            break
    else:
        pytest.skip(f"no {SAME_PYTHON} that an ordinary user may run")
    if not account.can_reach(Path(sysconfig.get_path("purelib"))):
        pytest.skip("the installed packages lie in a folder only root may enter")
    return path


def copy_of_the_project(target: Path) -> None:
    """Copy what git knows, as it is now."""
    names = subprocess.run(
        ["git", "-c", f"safe.directory={PROJECT}", "ls-files", "-z"],
        cwd=PROJECT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    for name in filter(None, names.split("\0")):
        if (PROJECT / name).exists():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(PROJECT / name, target / name)


def environment_from(python: Path, project: Path) -> None:
    """Make an environment that sees the packages installed here, as if its lock had just been installed."""
    venv = project / ".venv"
    subprocess.run([python, "-m", "venv", "--without-pip", venv], check=True, env={"PATH": "/usr/bin:/bin"})
    packages = venv / "lib" / SAME_PYTHON / "site-packages"
    (packages / "installed_here.pth").write_text(sysconfig.get_path("purelib"))
    ask = "import deploy.local.bootstrap as b; print(b.fingerprint(b.PROJECT / 'requirements.txt'), end='')"
    stamp = subprocess.run(
        [venv / "bin" / "python", "-c", ask], cwd=project, check=True, capture_output=True, text=True
    )
    (venv / ".installed-requirements").write_text(stamp.stdout)


def hand_over(project: Path) -> None:
    """Let nobody own the copy."""
    for path in [project, *project.rglob("*")]:
        os.chown(path, NOBODY.pw_uid, NOBODY.pw_gid, follow_symlinks=False)
