"""npm's openid-client, a certified relying party, and oauth4webapi below it, unchanged, on a running bank."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.fapi_client import HttpsTransport, Person
from tests.support.live import LiveBank

HERE = Path(__file__).parent
INSTALL_SECONDS = 120


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The client from its lock file, in a folder of its own; where there is no node or registry, say so."""
    npm, node = shutil.which("npm"), shutil.which("node")
    if not npm or not node:
        pytest.skip("node and npm are not installed: openid-client was not tried")
    folder = tmp_path_factory.mktemp("openid_client")
    for name in ("package.json", "package-lock.json", "script.mjs", "oauth4webapi.mjs"):
        shutil.copy(HERE / name, folder)
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, timeout=INSTALL_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        pytest.skip("the npm registry does not answer: openid-client was not tried")
    if done.returncode:
        pytest.skip("the npm registry cannot be reached: openid-client was not tried")
    return folder


class Walk:
    """The script in a process of its own, and the person it asks for."""

    def __init__(self, folder: Path, bank: LiveBank, script: str = "script.mjs", user: str = "alice") -> None:
        self.bank = bank
        self.user = bank["users"][user]
        self.person = Person(HttpsTransport(bank["base_url"], str(bank.ca_file)))
        self.decisions = iter(["share", "refuse"])
        self.process = subprocess.Popen(
            ["node", script, json.dumps(self.configuration())],
            cwd=folder,
            env={"PATH": os.environ["PATH"], "NODE_EXTRA_CA_CERTS": str(bank.ca_file)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def configuration(self) -> dict[str, Any]:
        piggy = self.bank["clients"]["piggy"]
        return {
            "issuer": self.bank["issuer"],
            "client_id": piggy["client_id"],
            "private_jwk": piggy["private_jwk"],
            "redirect_uri": piggy["redirect_uri"],
            "scope": f"openid {piggy['scope']}",
            "resource": f"{self.bank['base_url']}/v1/accounts",
        }

    def steps(self) -> Iterator[dict[str, Any]]:
        """Yield what the client says; do what it asks of the person in between."""
        assert self.process.stdout is not None
        assert self.process.stdin is not None
        for line in self.process.stdout:
            said = json.loads(line)
            if "open" in said:
                self.process.stdin.write(self.decide(said["open"]) + "\n")
                self.process.stdin.flush()
            else:
                yield said

    def decide(self, url: str) -> str:
        """Sign in where asked to, share or refuse; return where the bank sends the browser."""
        if self.person.open(url).status == 303:
            self.person.sign_in(url, self.user["username"], self.user["password"], self.user["totp_secret"])
        accounts = [next(iter(self.user["accounts"].values()))]
        return self.person.decide(url, next(self.decisions), accounts).location

    def close(self) -> str:
        """End the process; return its complaints."""
        self.process.kill()
        return self.process.communicate()[1]


class TestOpenidClient:
    def test_walks_the_whole_path_unchanged(self, installed: Path, live_bank: LiveBank) -> None:
        walk = Walk(installed, live_bank)
        try:
            said = {step.pop("step"): step for step in walk.steps()}
        finally:
            complaints = walk.close()
        assert "done" in said, complaints
        assert said["pushed"]["parameters"] == ["client_id", "request_uri"]
        assert said["tokens"]["token_type"] == "dpop"
        assert said["tokens"]["expires_in"] == 300
        assert said["userinfo"]["subject"] == said["tokens"]["subject"]
        assert said["api"]["status"] == said["api again"]["status"] == 200
        assert said["refresh"]["same"] is True
        assert said["introspection"]["active"] is True
        assert said["api after revocation"] == {"refused": True, "error": "invalid_token"}
        assert said["refresh after revocation"] == {"refused": True, "error": "invalid_grant"}
        assert said["replayed code"] == {"refused": True, "error": "invalid_grant"}
        assert said["person refuses"] == {"refused": True, "error": "access_denied"}


class TestOauth4webapi:
    def test_finds_no_fault_in_any_answer(self, installed: Path, live_bank: LiveBank) -> None:
        walk = Walk(
            installed, live_bank, "oauth4webapi.mjs", user="bob"
        )  # whose code was not used a moment ago
        try:
            said = {step.pop("step"): step for step in walk.steps()}
        finally:
            complaints = walk.close()
        assert "done" in said, complaints
        assert 5 < said["pushed"]["expires_in"] < 600
        assert said["tokens"]["token_type"] == said["refresh"]["token_type"] == "dpop"
        assert said["userinfo"]["subject"] == said["tokens"]["subject"]
        assert said["api"]["status"] == 200
        assert said["introspection"]["active"] is True
