"""`python -m audit.witness --folder DIR --log-keys FILE`: one witness, until SIGTERM.

DIR holds its key (`key`, `key.pub`) and its memory (`heads.sqlite`); `--new` makes both. Without its memory
a witness would sign any history, so it does not start when the file is gone. FILE lists the verifier keys of
the logs it knows, one on a line; it is read again for each request, because keys are replaced.
"""

import argparse
import contextlib
import signal
import sys
import threading
from functools import partial
from pathlib import Path

from audit.keys import generate_key, public_keys
from audit.notes import COSIGNATURE, SigningKey
from audit.witness.protocol import Witness
from audit.witness.server import WitnessServer
from audit.witness.store import MemoryLost, Store

CANNOT_START = 2
DEFAULT_NAME = "witness.harbour.bank/w1"


def main(arguments: list[str]) -> int:
    """Serve until a signal; return 2 when the witness must not start."""
    asked = _read(arguments)
    try:
        store, key = _new(asked.folder, asked.name) if asked.new else _known(asked.folder, asked.name)
        log_keys = partial(public_keys, asked.log_keys)
        log_keys()
    except (MemoryLost, FileNotFoundError, FileExistsError) as error:
        sys.stderr.write(f"witness: {error}; it does not start (--new begins another witness)\n")
        return CANNOT_START
    _serve(WitnessServer((asked.host, asked.port), Witness(store, key, log_keys), key.verifier))
    return 0


def _new(folder: Path, name: str) -> tuple[Store, SigningKey]:
    """Make memory and key; the key last, because a memory without a key has never cosigned anything."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if (folder / "key").exists():
        raise FileExistsError("there is a witness here already")
    (folder / "heads.sqlite").unlink(missing_ok=True)
    Store.new(folder / "heads.sqlite")
    generate_key(folder / "key", origin=name, type=COSIGNATURE)
    return _known(folder, name)


def _known(folder: Path, name: str) -> tuple[Store, SigningKey]:
    return Store(folder / "heads.sqlite"), SigningKey.read(folder / "key", name=name, type=COSIGNATURE)


def _serve(server: WitnessServer) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: _stop(server))
    with contextlib.closing(server.socket):
        server.serve_forever(poll_interval=0.1)


def _stop(server: WitnessServer) -> None:
    """End the loop from beside it: within a signal handler it would wait for itself."""
    threading.Thread(target=server.shutdown).start()


def _read(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m audit.witness", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--folder", type=Path, required=True, help="where its key and its memory lie")
    parser.add_argument("--log-keys", type=Path, required=True, help="the verifier keys of the logs it knows")
    parser.add_argument("--name", default=DEFAULT_NAME, help=f"the name of its key ({DEFAULT_NAME})")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8447)
    parser.add_argument("--new", action="store_true", help="begin: make a key and an empty memory")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
