"""The peer at the token endpoint: django-oauth-toolkit as it comes, on the same server and gunicorn."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from benchmarks import load
from benchmarks.peers.stock_dot.prepare import REDIRECT_URI, SECRET, VERIFIER
from benchmarks.place import Place
from benchmarks.wire import Address, Outcome, build
from deploy.local.environment import inherited
from deploy.local.state import PROJECT

NAME = "stock_dot"
MODULE = "benchmarks.peers.stock_dot.prepare"


@dataclass(frozen=True, slots=True)
class StockDot:
    """The running stock project."""

    place: Place
    address: Address
    env: dict[str, str]

    def codes(self, number: int) -> dict[str, list[str]]:
        """Prepare authorization codes by client (`hashed`, `unhashed`)."""
        made: dict[str, list[str]] = json.loads(
            self.place.run_python(["-m", MODULE, "codes", str(number)], self.env, log=NAME)
        )
        return made

    def exchange(self, client: str, codes: Sequence[str], *, connections: int, seconds: float) -> Outcome:
        """Turn codes into tokens for `seconds`."""
        requests = [self._request(client, code) for code in codes]
        return load.run(self.address, requests, connections=connections, seconds=seconds, expect=200)

    def _request(self, client: str, code: str) -> bytes:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": REDIRECT_URI,
            "client_id": client,
            "client_secret": SECRET,
            "code_verifier": VERIFIER,
        }
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return build("POST", "/o/token/", self.address.authority, headers, urlencode(form).encode())


def start(place: Place) -> StockDot:
    """Create its database, its clients and its web server."""
    env = {
        **inherited(),
        "PYTHONPATH": str(PROJECT),
        "SECRET_KEY": "not-a-secret: an empty database on loopback that lives for one run",
        "DATABASE_URL": place.new_database(NAME),
    }
    place.run_python(["-m", MODULE, "setup"], env, log=NAME)
    return StockDot(place, place.serve(NAME, f"benchmarks.peers.{NAME}.wsgi", env), env)
