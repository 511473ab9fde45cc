"""The rail simulator: where it lies and how it starts. It knows the bank's public key and address."""

import http.client
import os
import sys

from deploy.local.environment import inherited
from deploy.local.plan import Plan
from deploy.local.ports import LOOPBACK
from deploy.local.processes import Program
from deploy.local.state import PROJECT, State

COMMAND = ("railsim",)
NEWS_PATH = "/v1/rails/messages"


class RailFiles:
    """The simulator of one local bank: a folder of its own, and the files the two show each other."""

    def __init__(self, state: State, plan: Plan) -> None:
        self.folder = state.root / "rail"
        self.keys = self.folder / "keys.json"
        self.banks_keys = state.keys / "rail-signing-key.pub"
        self.log = state.logs / "rail.log"
        self.ca = state.tls / "ca.pem"
        self.port, self.origin = plan.rail_port, plan.origin

    @property
    def url(self) -> str:
        """Where it takes messages, and where its control door is."""
        return f"http://{LOOPBACK}:{self.port}"

    def program(self) -> Program:
        """The simulator: no database, no broker, no secret of the bank's."""
        place = ("--folder", str(self.folder), "--port", str(self.port))
        member = ("--member-url", f"{self.origin}{NEWS_PATH}", "--member-ca", str(self.ca))
        argv = [sys.executable, "-m", *COMMAND, *place, *member, "--member-keys", str(self.banks_keys)]
        if settle := os.environ.get("RAIL_SETTLE_SECONDS"):
            argv += ["--settle-seconds", settle]
        env = inherited() | {"PYTHONPATH": str(PROJECT)}
        return Program(name="rail", argv=argv, env=env, log=self.log, cwd=PROJECT)

    def answers(self) -> bool:
        """Return whether it answers."""
        connection = http.client.HTTPConnection(LOOPBACK, self.port, timeout=2)
        try:
            connection.request("GET", "/livez")
            return connection.getresponse().status == http.client.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()
