"""`python -m railsim --folder DIR --member-keys FILE --member-url URL`: one rail, until SIGTERM.

DIR holds its book (`book.sqlite`), its key (`key`) and the public half for its member (`keys.json`); what is
missing is made. FILE is the member's public keys, a JWK Set.
"""

import argparse
import contextlib
import logging
import signal
import sys
import threading
from pathlib import Path

from railsim.book import Book
from railsim.clockwork import Clockwork, Member
from railsim.rail import Rail
from railsim.server import RailServer
from railsim.signatures import Key


def main(arguments: list[str]) -> int:
    """Serve until a signal."""
    asked = _read(arguments)
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    asked.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    book, key = Book(asked.folder / "book.sqlite"), Key(asked.folder)
    rail = Rail(book, asked.settle_seconds, asked.late_seconds)
    clockwork = Clockwork(book, key, Member(asked.member_url, asked.member_ca))
    server = RailServer((asked.host, asked.port), rail, key, asked.member_keys)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
    clockwork.start()
    with contextlib.closing(server.socket):
        server.serve_forever(poll_interval=0.1)
    clockwork.stop()
    return 0


def _read(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m railsim", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--folder", type=Path, required=True, help="where its book and its key lie")
    parser.add_argument("--member-keys", type=Path, required=True, help="the bank's public keys")
    parser.add_argument("--member-url", required=True, help="where the bank takes news")
    parser.add_argument("--member-ca", type=Path, help="the certificate authority of the bank's address")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8449)
    parser.add_argument("--settle-seconds", type=float, default=0.2, help="how long settling takes (0.2)")
    parser.add_argument("--late-seconds", type=float, default=6.0, help="how late a late answer is (6)")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
