"""Make `.venv/` from the lock files, then become a module in it.

`python3 -m deploy.local.bootstrap [--dev] -- MODULE …` needs nothing but the standard library of Python
3.11 or newer. A second run finds the lock unchanged and goes on.
"""

from __future__ import annotations  # older Pythons read this file, to hand over to a newer one

import fcntl
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
VENV = PROJECT / ".venv"
PYTHON = VENV / "bin" / "python"
OLDEST = (3, 11)
DEBIAN_STEPS = (("update", "-qq"), ("install", "-y", "-qq", "python3-venv"))
BUNDLED_WHEELS = Path("/usr/share/python-wheels")


def main(arguments: list[str]) -> None:
    """Prepare the environment and hand over to the module named after `--`."""
    options, module = arguments[: arguments.index("--")], arguments[arguments.index("--") + 1 :]
    if not sys.executable:
        _start_again_with_a_path()
    if sys.version_info < OLDEST:
        _hand_over_to_newer_python()
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, _stop)
    locks = [PROJECT / "requirements.txt"] + [PROJECT / "requirements-dev.txt"] * ("--dev" in options)
    try:
        prepare(locks)
    except subprocess.CalledProcessError as failure:
        _give_up(
            f"the Python environment could not be made: {' '.join(map(str, failure.cmd[:6]))} …",
            "check the network (a proxy or PIP_INDEX_URL is honoured), then run this again",
        )
    os.environ["VIRTUAL_ENV"] = str(VENV)
    os.execv(PYTHON, [str(PYTHON), "-m", *module])


def prepare(locks: list[Path]) -> None:
    """Create `.venv` and install what the locks pin, unless that was done already."""
    VENV.mkdir(exist_ok=True)
    with (VENV / ".lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)  # two commands at once wait for one another
        if not _runs():
            _say("environment: making .venv")
            make_venv()
        stale = [lock for lock in locks if _stamp(lock).read_text() != fingerprint(lock)]
        if stale:
            names = " and ".join(lock.name for lock in stale)
            _say(f"environment: installing {names} (only when it changed; about a minute)")
            install(stale)


def fingerprint(lock: Path) -> str:
    """Return what must be unchanged for an installation to be still good."""
    return (
        f"{hashlib.sha256(lock.read_bytes()).hexdigest()} python {sys.version_info[0]}.{sys.version_info[1]}"
    )


def make_venv() -> None:
    """Create the environment with pip in it, also where Debian's python3-venv is missing."""
    _clear()
    if _venv():
        return
    if not _venv("--without-pip"):
        _give_up("this Python cannot make environments", "install python3-venv")
    try:
        install_pip()
    except (LookupError, ValueError, OSError) as error:
        if not (_install_debians_venv() and _venv()):
            _give_up(str(error), "install python3-venv, or set PIP_INDEX_URL to your package index")


def install_pip() -> None:
    """Install pip by its own wheel, run as a zip; raises LookupError, ValueError or OSError without one."""
    from deploy.local import pip_wheel

    with tempfile.TemporaryDirectory() as folder:
        bundled = next(iter(sorted(BUNDLED_WHEELS.glob("pip-*.whl"))), None)
        pip = bundled or pip_wheel.download(Path(folder))
        command = [str(PYTHON), f"{pip}/pip", "install", "--quiet", "--no-cache-dir", "--no-index", str(pip)]
        _run(command)


def _clear() -> None:
    for entry in VENV.iterdir():
        if entry.name != ".lock":
            shutil.rmtree(entry) if entry.is_dir() and not entry.is_symlink() else entry.unlink()


def _venv(*options: str) -> bool:
    return _quietly(sys.executable, "-m", "venv", *options, str(VENV))


def _install_debians_venv() -> bool:
    """Let Debian complete its Python, where we may: the last resort, and the one thing installed outside."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return False
    _say("environment: this Python has no pip; installing Debian's python3-venv")
    return all(_quietly("apt-get", *arguments) for arguments in DEBIAN_STEPS)


def _quietly(*command: str) -> bool:
    try:
        _run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    except (subprocess.CalledProcessError, OSError):
        return False
    return True


def _run(command: Sequence[str], stdout: int | None = None, stderr: int | None = None) -> None:
    """Run a program with all it starts; whatever ends us ends them. Raises CalledProcessError."""
    with subprocess.Popen(
        command, cwd=PROJECT, stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr, start_new_session=True
    ) as child:
        try:
            status = child.wait()
        except BaseException:
            os.killpg(child.pid, signal.SIGKILL)
            raise
    if status:
        raise subprocess.CalledProcessError(status, list(command))


def _stop(number: int, _: object) -> None:
    """A signal's answer: leave by the way out, where programs that run are ended."""
    sys.exit(128 + number)


def install(locks: list[Path]) -> None:
    """Install exactly what the locks pin, each file checked against its hash."""
    files = [part for lock in locks for part in ("-r", str(lock))]
    command = [str(PYTHON), "-m", "pip", "install", "-qq", "--disable-pip-version-check", "--no-input"]
    # No cache: nothing is written outside this folder. No dependencies: the lock names all of them.
    command += ["--no-cache-dir", "--require-hashes", "--no-deps", *files]
    _run(command)
    for lock in locks:
        _stamp(lock).write_text(fingerprint(lock))


def _stamp(lock: Path) -> Path:
    stamp = VENV / f".installed-{lock.stem}"
    if not stamp.exists():
        stamp.write_text("nothing")
    return stamp


def _runs() -> bool:
    """Whether the environment's Python starts and has pip (an interrupted start leaves half of one)."""
    return _quietly(str(PYTHON), "-c", "import pip")


def _start_again_with_a_path() -> None:
    """Begin anew where there is no PATH: without one, Python does not know its own name."""
    python = os.readlink("/proc/self/exe")
    os.environ.setdefault("PATH", "/usr/local/bin:/usr/bin:/bin")
    os.execv(python, [python, "-m", "deploy.local.bootstrap", *sys.argv[1:]])


def _hand_over_to_newer_python() -> None:
    for minor in range(15, 10, -1):
        found = shutil.which(f"python3.{minor}")
        if found:
            os.execv(found, [found, "-m", "deploy.local.bootstrap", *sys.argv[1:]])
    _give_up(
        f"Python {sys.version_info[0]}.{sys.version_info[1]} is too old; the bank needs 3.11 or newer",
        "install python3.11 (Debian 12 has it), or say PYTHON=/path/to/python3.11 after make",
    )


def _say(words: str) -> None:
    sys.stderr.write(words + "\n")
    sys.stderr.flush()


def _give_up(what: str, remedy: str) -> None:
    _say(f"{what}\n  what to do: {remedy}")
    sys.exit(2)


if __name__ == "__main__":
    main(sys.argv[1:])
