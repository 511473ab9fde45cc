"""The other peer at the token endpoint: npm's oidc-provider, which keeps everything in memory.

Asked for the same as the bank: private_key_jwt and DPoP verified, PKCE, access, refresh and ID token. Node is
not needed for anything else here, so where it or its registry is missing the figure is left out, and said so.
"""

import json
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from benchmarks import load, proofs
from benchmarks.peers.stock_dot.pkce import challenge
from benchmarks.peers.stock_dot.prepare import REDIRECT_URI, VERIFIER
from benchmarks.place import Place
from benchmarks.wire import Address, Outcome, build
from deploy.local.ports import free_port

FOLDER = Path(__file__).resolve().parent.parent / "peers" / "oidc_provider"
CLIENT = "load"
INSTALL_SECONDS = 180
_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


class NotHere(RuntimeError):
    """The peer cannot be had on this machine; the text says why."""


@dataclass
class OidcProvider:
    """The running peer; it ends with its standard input."""

    address: Address
    process: "subprocess.Popen[str]"
    jwk: dict[str, str] = field(default_factory=proofs.new_jwk)

    def tell(self, line: str) -> Any:
        """Say a line to the peer and return what it answers."""
        if self.process.stdin is None or self.process.stdout is None:
            raise NotHere("the peer has no pipes")
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        answered = self.process.stdout.readline()
        if not answered:
            raise NotHere("the peer ended")
        return json.loads(answered)

    def requests(self, number: int) -> list[bytes]:
        """Return token requests for new codes: a client assertion and a DPoP proof each."""
        codes: Sequence[str] = self.tell(str(number))
        signed = proofs.sign_dpop(self.jwk, "POST", f"{self.address.origin}/token", [""] * number)
        assertions = proofs.sign_assertions(self.jwk, CLIENT, self.address.origin, number)
        return [self._request(*each) for each in zip(codes, signed, assertions, strict=True)]

    def _request(self, code: str, proof: str, assertion: str) -> bytes:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": REDIRECT_URI,
            "code_verifier": VERIFIER,
            "client_id": CLIENT,
            "client_assertion_type": _ASSERTION,
            "client_assertion": assertion,
        }
        headers = {"Content-Type": "application/x-www-form-urlencoded", "DPoP": proof}
        return build("POST", "/token", self.address.authority, headers, urlencode(form).encode())

    def exchange(self, requests: Sequence[bytes], *, seconds: float) -> Outcome:
        """Turn codes into tokens for `seconds`."""
        return load.run(self.address, requests, connections=16, seconds=seconds, expect=200)

    def stop(self) -> None:
        """End the peer."""
        self.process.kill()
        self.process.wait()


def start(place: Place) -> OidcProvider:
    """Install the peer from its lock file and start it; raises NotHere."""
    folder = _installed(place.bank.state.root / "oidc_provider")
    address = place.address(free_port())
    process = subprocess.Popen(
        ["node", "server.mjs"],
        cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        stderr=place.log("oidc_provider").open("wb"),
    )  # fmt: skip
    peer = OidcProvider(address, process)
    certificates = place.bank.certificates
    told = {
        "port": address.port,
        "origin": address.origin,
        "client_id": CLIENT,
        "redirect_uri": REDIRECT_URI,
        "code_challenge": challenge(VERIFIER),
        "client_jwk": proofs.public_part(peer.jwk),
        "signing_jwk": {**proofs.new_jwk(), "use": "sig", "alg": "ES256"},
        "cert": str(certificates.chain),
        "key": str(certificates.key),
    }
    peer.tell(json.dumps(told))
    return peer


def _installed(folder: Path) -> Path:
    npm, node = shutil.which("npm"), shutil.which("node")
    if not npm or not node:
        raise NotHere("node and npm are not installed")
    shutil.copytree(FOLDER, folder, ignore=shutil.ignore_patterns("node_modules", "__pycache__"))
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    try:
        subprocess.run(command, cwd=folder, capture_output=True, timeout=INSTALL_SECONDS, check=True)
    except (subprocess.TimeoutExpired, subprocess.CalledProcessError) as error:
        raise NotHere("the npm registry cannot be reached") from error
    return folder
